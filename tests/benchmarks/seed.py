"""Insert millions of keys by SQL, for the product and its peers. Only their number matters."""

from django.apps import apps
from django.db import connection, transaction

KEYS_PER_ACCOUNT = 100
NOW, LATER = "2026-01-01 00:00:00+00:00", "2026-12-01 00:00:00+00:00"
HASH = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$" + "h" * 43

RANDOM_HEX = {
    "sqlite": "lower(hex(randomblob({bytes})))",
    "postgresql": "substr(encode(sha512(random()::text::bytea), 'hex'), 1, {bytes} * 2)",
}
RANDOM_UUID = {"sqlite": "lower(hex(randomblob(16)))", "postgresql": "gen_random_uuid()"}
NUMBERS = "WITH RECURSIVE numbers(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM numbers WHERE n < {last}) "
FIRST = 1_000_000  # lower IDs belong to traders of the fixtures

USERS = f"""
    INSERT INTO auth_user (id, password, is_superuser, username, first_name, last_name, email, is_staff, is_active,
        date_joined)
    {NUMBERS} SELECT n, '', false, 'crowd-' || n, '', '', '', false, true, '{NOW}' FROM numbers"""
ACCOUNTS = f"""
    INSERT INTO apikeys_account (id, user_id, account_id, uid, wallet, created_at)
    {NUMBERS} SELECT n, n, '0x' || {{hex32}}, n, '', '{NOW}' FROM numbers WHERE n % {KEYS_PER_ACCOUNT} = 0"""
KEYS = f"""
    INSERT INTO apikeys_apikey (id, account_id, kind, public_id, secret_hash, secret_check, name, purpose, can_read,
        can_trade, address_rule, networks, created_at, expires_at, expiry_set_at, submission, last_used_address,
        last_used_client)
    {NUMBERS} SELECT n, n - n % {KEYS_PER_ACCOUNT}, 'bearer', {{hex8}}, '{HASH}', 'abcdefab', 'bot ' || n,
        'monitoring', true, false, 'any', '', '{NOW}', '{LATER}', '{NOW}', {{uuid}}, '', '' FROM numbers"""
PEERS = {
    "rest_framework.authtoken": f"""
        INSERT INTO authtoken_token (key, user_id, created) {NUMBERS} SELECT {{hex20}}, n, '{NOW}' FROM numbers""",
    "knox": f"""
        INSERT INTO knox_authtoken (digest, token_key, user_id, created, expiry)
        {NUMBERS} SELECT {{hex32}} || {{hex32}}, {{hex4}}, n, '{NOW}', NULL FROM numbers""",
    "rest_framework_api_key": f"""
        INSERT INTO rest_framework_api_key_apikey (id, prefix, hashed_key, created, name, revoked)
        {NUMBERS} SELECT {{hex8}} || n, CAST(n AS text), {{hex32}}, '{NOW}', '', false FROM numbers""",
}


def fill(have: int, want: int) -> None:
    """Add keys up to this number. `have` is how many earlier calls have added, a multiple of 100."""
    first, last = FIRST + have, FIRST + want - 1
    peers = [statement for app, statement in PEERS.items() if apps.is_installed(app)]
    of = {f"hex{size}": RANDOM_HEX[connection.vendor].format(bytes=size) for size in (4, 8, 20, 32)}
    of["uuid"] = RANDOM_UUID[connection.vendor]
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in [USERS, ACCOUNTS, KEYS, *peers]:
            cursor.execute(statement.format(first=first, last=last, **of))
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
