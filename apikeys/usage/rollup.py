"""Roll up usage as it ages: to an hour, to a day, and after 30 days to networks instead of IP addresses.

Rows are moved, never copied, so that adding up rows is right whatever their resolution, and a run that ends half-way,
comes twice or meets late counts does no harm. What else knows addresses of clients is in `retention`.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from apikeys.models import KeyUsage, Resolution
from apikeys.network.anonymization import anonymized_address, anonymized_client
from apikeys.usage.buckets import BUCKET_SECONDS, EXACT, midnight

KEPT = timedelta(days=400)
BATCH = 2_000  # rows moved in one transaction, so that nobody waits long for the tables

# How old, in whole days, usage is when it is kept no finer than this. The oldest first: each row is moved once.
STEPS = (
    (Resolution.NETWORK_DAY, EXACT),
    (Resolution.DAY, timedelta(days=8)),
    (Resolution.HOUR, timedelta(days=2)),
)


# The time range of one row.
LENGTHS = {
    Resolution.TEN_MINUTES: timedelta(seconds=BUCKET_SECONDS),
    Resolution.HOUR: timedelta(hours=1),
    Resolution.DAY: timedelta(days=1),
    Resolution.NETWORK_DAY: timedelta(days=1),
}


@dataclass(frozen=True, slots=True, order=True)
class Group:
    """Requests that are counted together in one row."""

    key_id: int
    starts_at: datetime
    address: str
    client: str
    required: str
    outcome: str

    def rolled_up(self, resolution: Resolution) -> "Group":
        by_network = resolution == Resolution.NETWORK_DAY
        return Group(
            self.key_id,
            truncated(self.starts_at, resolution),
            anonymized_address(self.address) if by_network else self.address,
            anonymized_client(self.client) if by_network else self.client,
            self.required,
            self.outcome,
        )


def roll_up(now: datetime) -> int:
    """Roll up old rows and remove those that are too old. Returns how many rows were changed."""
    today = midnight(now)
    moved = sum(_move_older(today - age, resolution) for resolution, age in STEPS)
    return moved + _remove_older(today - KEPT)


@transaction.atomic
def _remove_older(before: datetime) -> int:
    _hold_back_writers()
    removed, _ = KeyUsage.objects.filter(resolution=Resolution.NETWORK_DAY, starts_at__lt=before).delete()
    return removed


def _move_older(before: datetime, resolution: Resolution) -> int:
    finer = [other for other in Resolution if other < resolution]
    moved = 0
    while count := _move_batch(before, resolution, finer):
        moved += count
    return moved


@transaction.atomic
def _move_batch(before: datetime, resolution: Resolution, finer: list[Resolution]) -> int:
    _hold_back_writers()
    rows = list(
        KeyUsage.objects.filter(resolution__in=finer, starts_at__lt=before).order_by("resolution", "starts_at")[:BATCH]
    )
    sums: Counter[Group] = Counter()
    for row in rows:
        group = Group(row.key_id, row.starts_at, row.address, row.client, row.required, row.outcome)
        sums[group.rolled_up(resolution)] += row.calls
    KeyUsage.objects.filter(pk__in=[row.pk for row in rows]).delete()
    _add(sums, resolution)
    return len(rows)


def _hold_back_writers() -> None:
    """Let other runs, and processes that count requests, wait until this transaction ends.

    Each of them locks the rows of several buckets in its own order, and may need buckets that this run moves: counts
    that couldn't be written for days. On PostgreSQL they would deadlock; SQLite allows only one write at a time.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE apikeys_keyusage IN SHARE ROW EXCLUSIVE MODE")


def _add(sums: Counter[Group], resolution: Resolution) -> None:
    rows = [
        (
            group.key_id,
            connection.ops.adapt_datetimefield_value(group.starts_at),
            group.address,
            group.client,
            group.required,
            group.outcome,
            calls,
            resolution,
        )
        for group, calls in sorted(sums.items())
    ]
    with connection.cursor() as cursor:
        cursor.executemany(_ADD_CALLS, rows)


# The ORM's upsert can set a column but not add to it.
_ADD_CALLS = """
    INSERT INTO apikeys_keyusage (key_id, starts_at, address, client, need, outcome, calls, grain)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (key_id, starts_at, address, client, need, outcome)
    DO UPDATE SET
        calls = apikeys_keyusage.calls + excluded.calls,
        grain = CASE WHEN apikeys_keyusage.grain < excluded.grain THEN excluded.grain ELSE apikeys_keyusage.grain END
"""


def truncated(moment: datetime, resolution: Resolution) -> datetime:
    if resolution == Resolution.TEN_MINUTES:
        return moment
    hour = moment.replace(minute=0, second=0, microsecond=0)
    return hour if resolution == Resolution.HOUR else midnight(hour)
