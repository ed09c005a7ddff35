"""Write usage counts to the database."""

from datetime import UTC, datetime

from django.db import connection
from django.db.models import Q

from apikeys.models import ApiKey
from apikeys.usage.buckets import Bucket, LastUse, client_program

# The ORM's upsert can set a column but not add to it.
_ADD_CALLS = """
    INSERT INTO apikeys_keyusage (key_id, starts_at, address, client, need, outcome, calls)
    VALUES (%s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (key_id, starts_at, address, client, need, outcome)
    DO UPDATE SET calls = apikeys_keyusage.calls + excluded.calls
"""


def known_keys(counts: dict[Bucket, int], last_uses: dict[int, LastUse]) -> set[int]:
    """Return the keys that still exist. A restored backup may lack some, which mustn't stop all counting."""
    counted = {bucket.key_id for bucket in counts} | last_uses.keys()
    return set(ApiKey.objects.filter(pk__in=counted).values_list("pk", flat=True))


def write_counts(counts: dict[Bucket, int]) -> None:
    # In one order, so that two processes that write at once never wait for each other in a circle.
    rows = [
        (
            bucket.key_id,
            connection.ops.adapt_datetimefield_value(datetime.fromtimestamp(bucket.starts_at, UTC)),
            bucket.address,
            bucket.client,
            bucket.required,
            bucket.outcome,
            calls,
        )
        for bucket, calls in sorted(counts.items())
    ]
    with connection.cursor() as cursor:
        cursor.executemany(_ADD_CALLS, rows)


def write_last_uses(last_uses: dict[int, LastUse]) -> None:
    for key_id, use in sorted(last_uses.items()):
        at = datetime.fromtimestamp(use.at, UTC)
        ApiKey.objects.filter(Q(last_used_at=None) | Q(last_used_at__lt=at), pk=key_id).update(
            last_used_at=at, last_used_address=use.address, last_used_client=client_program(use.user_agent)
        )
