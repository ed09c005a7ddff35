from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.db import DatabaseError, connection
from django.utils import timezone

from apikeys.authentication import key_lookup
from apikeys.crypto import credentials
from apikeys.models import ApiKey, KeyUsage, Kind, UsedSignature
from apikeys.usage import buckets, store
from apikeys.usage import recorder as usage_recorder
from tests.support.api_clients import ApiClient
from tests.support.factories import IssuedKey, make_key

pytestmark = pytest.mark.django_db

NOW = "2026-11-22T12:34:56Z"


def call(issued: IssuedKey, times: int = 1, *, address: str = "203.0.113.9", target: str = "/v1/whoami") -> None:
    client = issued.client(REMOTE_ADDR=address)
    for _ in range(times):
        client.get(target, headers={"User-Agent": "python-requests/2.34.2 (a comment)"})


@time_machine.travel(NOW, tick=False)
def test_requests_are_counted_by_client_and_outcome() -> None:
    issued = make_key(kind=Kind.BEARER)
    call(issued, 3)
    usage_recorder.flush()
    row = KeyUsage.objects.values("starts_at", "address", "client", "required", "outcome", "calls").get()
    assert row == {
        "starts_at": timezone.now().replace(minute=30, second=0),
        "address": "203.0.113.9",
        "client": "python-requests/2.34.2",
        "required": "any_key",
        "outcome": "accepted",
        "calls": 3,
    }


@time_machine.travel(NOW, tick=False)
def test_second_batch_adds_to_the_first() -> None:
    issued = make_key(kind=Kind.BEARER)
    for _ in range(2):
        call(issued, 2)
        usage_recorder.flush()
    assert KeyUsage.objects.get().calls == 4


@time_machine.travel(NOW, tick=False)
def test_used_key_has_its_last_time_address_and_client() -> None:
    issued = make_key()
    call(issued)
    usage_recorder.flush()
    issued.key.refresh_from_db()
    key = issued.key
    assert (key.last_used_at, key.last_used_address, key.last_used_client) == (
        timezone.now(),
        "203.0.113.9",
        "python-requests/2.34.2",
    )


def test_rejected_request_is_counted_but_is_not_use() -> None:
    issued = make_key(networks="198.51.100.1")
    call(issued)
    usage_recorder.flush()
    issued.key.refresh_from_db()
    assert (KeyUsage.objects.get().outcome, issued.key.last_used_at) == ("address_not_allowed", None)


def test_last_used_never_goes_back() -> None:
    issued = make_key()
    later = timezone.now() + timedelta(hours=1)
    ApiKey.objects.filter(pk=issued.key.pk).update(last_used_at=later)
    call(issued)
    usage_recorder.flush()
    issued.key.refresh_from_db()
    assert issued.key.last_used_at == later


def test_unauthenticated_requests_are_not_counted() -> None:
    ApiClient().get("/v1/whoami", headers={"Authorization": f"Bearer ptk_{'z' * 16}_{'a' * 49}"})
    usage_recorder.flush()
    assert not KeyUsage.objects.exists()


def test_no_request_writes_usage() -> None:
    issued = make_key(kind=Kind.BEARER)
    call(issued)
    issued.key.refresh_from_db()
    assert (issued.key.last_used_at, KeyUsage.objects.count()) == (None, 0)


def test_failed_write_is_repeated_next_time(monkeypatch: pytest.MonkeyPatch) -> None:
    issued = make_key(kind=Kind.BEARER)
    call(issued)
    with monkeypatch.context() as broken:
        broken.setattr(store, "_ADD_CALLS", "INSERT INTO nowhere VALUES (%s)")
        with pytest.raises(DatabaseError):
            usage_recorder.flush()
    call(issued)
    usage_recorder.flush()
    assert KeyUsage.objects.get().calls == 2


def test_lost_key_does_not_stop_the_counting() -> None:
    issued = make_key(kind=Kind.BEARER)
    call(issued)
    usage_recorder.count(issued.key.pk + 1, address="203.0.113.9", user_agent="", required="any_key")
    usage_recorder.flush()
    assert KeyUsage.objects.get().key == issued.key


def test_many_addresses_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage_recorder, "MOST_BUCKETS", 2)
    issued = make_key(kind=Kind.BEARER)
    for number in range(5):
        call(issued, address=f"203.0.113.{number}")
    usage_recorder.flush()
    assert KeyUsage.objects.count() == 2


@pytest.mark.parametrize(
    ("user_agent", "client"),
    [
        ("", ""),
        ("curl/8.5.0", "curl/8.5.0"),
        ("Mozilla/5.0 (X11) Gecko", "Mozilla/5.0"),
        ("x" * 500, "x" * 64),
        ("<script>", ""),
        ("bot\0", "bot"),
        ("é", ""),
        (f"ptk_{'a1' * 8}_{'S' * 49}", ""),
        (f"bot/1.0+ptk_{'a1' * 8}_{'S' * 49}", ""),
        (f"ptk_{'a1' * 8}_", ""),
        ("ptk_client/1.0", "ptk_client/1.0"),
    ],
)
def test_client_is_shown_by_its_program(user_agent: str, client: str) -> None:
    assert buckets.client_program(user_agent) == client


def test_token_sent_as_user_agent_is_not_stored() -> None:
    issued = make_key(kind=Kind.BEARER)
    issued.client().get("/v1/whoami", headers={"User-Agent": issued.secret})
    usage_recorder.flush()
    issued.key.refresh_from_db()
    assert (issued.key.last_used_client, KeyUsage.objects.get().client) == ("", "")


def test_used_signatures_are_kept_while_they_could_be_replayed() -> None:
    issued = make_key()
    issued.client().post("/v1/client/remove_orderly_key", {"orderly_key": issued.key.public_id})
    expires_at = UsedSignature.objects.get().expires_at
    UsedSignature.objects.delete_expired(timezone.now() + timedelta(seconds=300))
    kept = UsedSignature.objects.count()
    UsedSignature.objects.delete_expired(expires_at + timedelta(seconds=1))
    assert (kept, UsedSignature.objects.count()) == (1, 0)


def test_key_lookup_uses_an_index() -> None:
    sql, _ = key_lookup.KEY.rows().query.get_compiler(connection=connection).as_sql()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
        explain = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN "
        cursor.execute(explain + sql, ["ed25519:x"])
        plan = str(cursor.fetchall())
    assert "public_id" in plan
    assert "SCAN" not in plan.upper().replace("INDEX SCAN", "")


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """Return the statements that SQLite executes, from any cursor."""
    if connection.vendor != "sqlite":
        pytest.skip("Counted on SQLite, by its own trace; the statements are the same.")
    asked: list[str] = []
    connection.ensure_connection()
    connection.connection.set_trace_callback(asked.append)
    yield asked
    connection.connection.set_trace_callback(None)


@pytest.mark.parametrize("kind", list(Kind))
def test_read_costs_one_query(kind: Kind, statements: list[str]) -> None:
    client = make_key(kind=kind).client()
    client.get("/v1/whoami")
    statements.clear()
    client.get("/v1/whoami")
    assert [statement.split(" ")[0] for statement in statements] == ["SELECT"]


def test_rejecting_a_malformed_credential_costs_no_query(statements: list[str]) -> None:
    ApiClient().get("/v1/whoami", headers={"Authorization": "Bearer x"})
    assert statements == []


def test_rejecting_a_wrong_token_costs_one_query_and_no_argon2(
    statements: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    issued, other = make_key(kind=Kind.BEARER), make_key(kind=Kind.BEARER)
    verified: list[str] = []
    monkeypatch.setattr(credentials, "hash_matches", lambda *of: bool(verified.append("")))
    body = issued.secret[:21] + other.secret[21:64]
    statements.clear()
    ApiClient().get("/v1/whoami", headers={"Authorization": f"Bearer {body}{credentials.checksum(body)}"})
    assert (len(statements), verified) == (1, [])
