"""Who used a key, when and how it ended: counted in memory and written in batches, never a write per request.

A crash loses at most the last few seconds of counts, and nothing else.
"""

import atexit
import logging
import time
from datetime import UTC, datetime
from functools import lru_cache
from threading import Event, Lock, Thread

from django.conf import settings
from django.db import close_old_connections, connection, transaction

from apikeys.db import outage
from apikeys.models import UsedSignature
from apikeys.network import client_ip
from apikeys.signals import usage_flushed
from apikeys.usage.buckets import ACCEPTED, BUCKET_SECONDS, Bucket, LastUse, client_program
from apikeys.usage.store import known_keys, write_counts, write_last_uses

logger = logging.getLogger(__name__)

MOST_BUCKETS = 20_000  # what a process remembers between two writes
MOST_CALLERS = 50  # that are told apart for a key in one bucket's time: a caller may name itself anew in each call


_counts: dict[Bucket, int] = {}
_last_uses: dict[int, tuple[float, str, str]] = {}  # of each key, as `LastUse` has it
_callers: dict[int, set[tuple[str, str]]] = {}  # of each key, in the ten minutes that began at:
_callers_since = 0
_counting = Lock()
_writing = Lock()
_stop = Event()
_writer: Thread | None = None


def count(key_id: int, *, address: str, user_agent: str, required: str, outcome: str = ACCEPTED) -> None:
    """Count one call of a known key. A refused call is counted, but it is not a use."""
    now = time.time()
    starts_at = int(now // BUCKET_SECONDS) * BUCKET_SECONDS
    with _counting:
        bucket = _bucket(key_id, starts_at, address, user_agent, required, outcome)
        counted = _counts.get(bucket, 0)
        if counted or len(_counts) < MOST_BUCKETS:
            _counts[bucket] = counted + 1
        if outcome == ACCEPTED:
            _last_uses[key_id] = now, address, user_agent
    _start_writer()


@lru_cache(maxsize=1024)
def _bucket(key_id: int, starts_at: int, address: str, user_agent: str, required: str, outcome: str) -> Bucket:
    """Find what a call is counted with. Most calls are like the one before, and then only this is looked up."""
    told_apart = _told_apart(key_id, starts_at, address, client_program(user_agent))
    return Bucket(key_id, starts_at, *told_apart, str(required), outcome)


def _told_apart(key_id: int, starts_at: int, address: str, client: str) -> tuple[str, str]:
    """Say as whom a caller is counted: past the limit without its program, then as its network, then as nobody."""
    global _callers_since
    if _callers_since != starts_at:
        _callers.clear()
        _callers_since = starts_at
    callers = _callers.setdefault(key_id, set())
    coarser = (address, client), (address, ""), (client_ip.read(address).customer_network, "")
    for number, caller in enumerate(coarser, start=1):
        most = number * MOST_CALLERS
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
                known = known_keys(counts, last_uses)
                write_counts({bucket: calls for bucket, calls in counts.items() if bucket.key_id in known})
                write_last_uses({key_id: use for key_id, use in last_uses.items() if key_id in known})
        except Exception:
            _put_back(counts, last_uses)
            raise
        usage_flushed.send_robust(sender=None, buckets=[bucket for bucket in counts if bucket.key_id in known])


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


def _put_back(counts: dict[Bucket, int], last_uses: dict[int, LastUse]) -> None:
    with _counting:
        for bucket, calls in counts.items():
            _counts[bucket] = _counts.get(bucket, 0) + calls
        for key_id, use in last_uses.items():
            _last_uses.setdefault(key_id, use)


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
            UsedSignature.objects.delete_expired(datetime.now(UTC))
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
