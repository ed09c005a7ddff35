"""Who used a key, when and how it ended: counted in memory and written in batches, never a write per request.

A crash loses at most the last few seconds of counts, and nothing else.
"""

import atexit
import logging
import re
import time
from datetime import UTC, datetime
from functools import lru_cache
from threading import Event, Lock, Thread
from typing import NamedTuple

from django.conf import settings
from django.db import close_old_connections, connection, transaction
from django.db.models import Q
from django.dispatch import Signal

from apikeys import credentials, outage
from apikeys.batches import not_locked
from apikeys.models import ApiKey, UsedSignature

logger = logging.getLogger(__name__)

ACCEPTED = "accepted"
BUCKET_SECONDS = 600
MOST_BUCKETS = 20_000  # what a process remembers between two writes
MOST_CALLERS = 50  # that are told apart for a key in one bucket's time: a caller may name itself anew in each call
LONGEST_CLIENT = 64
_PROGRAM = re.compile(r"[A-Za-z0-9._+/ -]+", re.ASCII)


class Bucket(NamedTuple):
    """What calls are counted together."""

    key_id: int
    starts_at: int  # seconds since 1970
    address: str
    client: str
    need: str
    outcome: str


class LastUse(NamedTuple):
    at: float
    address: str
    user_agent: str


written = Signal()  # `buckets`: what has just been written

_counts: dict[Bucket, int] = {}
_last_uses: dict[int, tuple[float, str, str]] = {}  # of each key, as `LastUse` has it
_callers: dict[int, set[tuple[str, str]]] = {}  # of each key, in the ten minutes that began at:
_callers_since = 0
_counting = Lock()
_writing = Lock()
_stop = Event()
_writer: Thread | None = None


def client_program(user_agent: str) -> str:
    """Shorten a User-Agent to the program's name and version: `python-requests/2.34.2`. A token is no name."""
    match = _PROGRAM.match(user_agent)
    program = match[0].split(" ")[0] if match else ""
    return "" if credentials.holds_token(program) else program[:LONGEST_CLIENT]


def count(key_id: int, *, address: str, user_agent: str, need: str, outcome: str = ACCEPTED) -> None:
    """Count one call of a known key. A refused call is counted, but it is not a use."""
    now = time.time()
    starts_at = int(now // BUCKET_SECONDS) * BUCKET_SECONDS
    with _counting:
        bucket = _bucket(key_id, starts_at, address, user_agent, need, outcome)
        counted = _counts.get(bucket, 0)
        if counted or len(_counts) < MOST_BUCKETS:
            _counts[bucket] = counted + 1
        if outcome == ACCEPTED:
            _last_uses[key_id] = now, address, user_agent
    _start_writer()


@lru_cache(maxsize=1024)
def _bucket(key_id: int, starts_at: int, address: str, user_agent: str, need: str, outcome: str) -> Bucket:
    """Find what a call is counted with. Most calls are like the one before, and then only this is looked up."""
    told_apart = _told_apart(key_id, starts_at, address, client_program(user_agent))
    return Bucket(key_id, starts_at, *told_apart, str(need), outcome)


def _told_apart(key_id: int, starts_at: int, address: str, client: str) -> tuple[str, str]:
    """Say as whom a caller is counted: past the limit without its program's name, and then without its address."""
    global _callers_since
    if _callers_since != starts_at:
        _callers.clear()
        _callers_since = starts_at
    callers = _callers.setdefault(key_id, set())
    for caller, most in (((address, client), MOST_CALLERS), ((address, ""), 2 * MOST_CALLERS)):
        if caller in callers or len(callers) < most:
            callers.add(caller)
            return caller
    return "", ""


def flush() -> None:
    """Write what was counted, in one transaction. What could not be written is counted again next time."""
    with _writing:
        counts, last_uses = _take()
        if not counts and not last_uses:
            return
        try:
            with transaction.atomic():
                known = _known(counts, last_uses)
                _write_counts({bucket: calls for bucket, calls in counts.items() if bucket.key_id in known})
                _write_last_uses({key_id: use for key_id, use in last_uses.items() if key_id in known})
        except Exception:
            _put_back(counts, last_uses)
            raise
        written.send_robust(sender=None, buckets=[bucket for bucket in counts if bucket.key_id in known])


def forget() -> None:
    """Drop what was counted and not yet written."""
    _take()
    _callers.clear()
    _bucket.cache_clear()


def _take() -> tuple[dict[Bucket, int], dict[int, LastUse]]:
    global _counts, _last_uses
    with _counting:
        counts, last_uses = _counts, _last_uses
        _counts, _last_uses = {}, {}
    return counts, {key_id: LastUse._make(use) for key_id, use in last_uses.items()}


def _known(counts: dict[Bucket, int], last_uses: dict[int, LastUse]) -> set[int]:
    """Find which keys the database still knows: one restored from a backup must not stop all counting."""
    counted = {bucket.key_id for bucket in counts} | last_uses.keys()
    return set(ApiKey.objects.filter(pk__in=counted).values_list("pk", flat=True))


def _put_back(counts: dict[Bucket, int], last_uses: dict[int, LastUse]) -> None:
    with _counting:
        for bucket, calls in counts.items():
            _counts[bucket] = _counts.get(bucket, 0) + calls
        for key_id, use in last_uses.items():
            _last_uses.setdefault(key_id, use)


def _write_counts(counts: dict[Bucket, int]) -> None:
    # In one order, so that two processes that write at once never wait for each other in a circle.
    rows = [
        (
            bucket.key_id,
            connection.ops.adapt_datetimefield_value(datetime.fromtimestamp(bucket.starts_at, UTC)),
            bucket.address,
            bucket.client,
            bucket.need,
            bucket.outcome,
            calls,
        )
        for bucket, calls in sorted(counts.items())
    ]
    with connection.cursor() as cursor:
        cursor.executemany(_ADD_CALLS, rows)


# The ORM's upsert can set a column but not add to it.
_ADD_CALLS = """
    INSERT INTO apikeys_keyusage (key_id, starts_at, address, client, need, outcome, calls)
    VALUES (%s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (key_id, starts_at, address, client, need, outcome)
    DO UPDATE SET calls = apikeys_keyusage.calls + excluded.calls
"""


def _write_last_uses(last_uses: dict[int, LastUse]) -> None:
    for key_id, use in sorted(last_uses.items()):
        at = datetime.fromtimestamp(use.at, UTC)
        ApiKey.objects.filter(Q(last_used_at=None) | Q(last_used_at__lt=at), pk=key_id).update(
            last_used_at=at, last_used_address=use.address, last_used_client=client_program(use.user_agent)
        )


def forget_used_signatures(now: datetime) -> None:
    """Remove signatures whose timestamp can no longer be fresh."""
    with transaction.atomic():
        not_locked(UsedSignature.objects.filter(expires_at__lt=now)).delete()


# -- The one thread of each process that writes ---------------------------------------------------------------------


def _start_writer() -> None:
    """Start the writer with the first call: a thread started before gunicorn forks would not be in its workers."""
    global _writer
    if (_writer and _writer.is_alive()) or not settings.USAGE_FLUSH_SECONDS:
        return
    with _writing:
        if not (_writer and _writer.is_alive()):
            _writer = Thread(target=_write_until_stopped, name="usage", daemon=True)
            _writer.start()
            atexit.register(stop)


def _write_until_stopped() -> None:
    while not _stop.wait(settings.USAGE_FLUSH_SECONDS):
        try:
            flush()
            forget_used_signatures(datetime.now(UTC))
        except Exception:
            logger.exception("Usage could not be written; it is kept for the next try")
            outage.part_with_connection()
        close_old_connections()


def stop() -> None:
    """Write the rest before the process ends."""
    _stop.set()
    try:
        flush()
    finally:
        connection.close()
