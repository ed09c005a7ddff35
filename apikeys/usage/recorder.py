"""Count requests in memory and write the counts in batches, never once per request.

A crash loses at most the last few seconds of counts, and nothing else.
"""

import atexit
import logging
import time
from collections import Counter
from datetime import UTC, datetime
from itertools import count as numbers
from threading import Event, Lock, Thread

from django.conf import settings
from django.db import close_old_connections, connection, transaction

from apikeys.db import outage
from apikeys.models import UsedSignature
from apikeys.network import client_ip
from apikeys.signals import usage_flushed
from apikeys.usage import request_log
from apikeys.usage.buckets import ACCEPTED, BUCKET_SECONDS, Bucket, LastUse, client_program
from apikeys.usage.store import known_keys, write_counts, write_last_uses

logger = logging.getLogger(__name__)

MOST_BUCKETS = 20_000  # what a process remembers between two writes
MOST_CLIENTS = 50  # per key in one bucket's time: a client can send another User-Agent with each request
BATCHES_BETWEEN_TRIMS = 30
MOST_REMEMBERED = 1_024  # requests whose bucket is known

Request = tuple[int, str, str, str, str]  # key id, IP address, user agent, required access, outcome


class UsageRecorder:
    """The counts of one process. Every method may be called by any thread."""

    def __init__(self) -> None:
        self._counts: dict[Bucket, int] = {}
        self._last_uses: dict[int, tuple[float, str, str]] = {}  # of each key, as `LastUse` has it
        # Of the ten minutes that began at:
        self._starts_at = 0
        self._clients: dict[int, set[tuple[str, str]]] = {}  # of each key
        self._buckets: dict[Request, Bucket] = {}  # of the latest requests: most are like the one before
        self._logged: set[int] = set()  # keys whose log has grown
        self._counting = Lock()
        self._writing = Lock()
        self._stop = Event()
        self._writer: Thread | None = None

    def count(self, key_id: int, *, address: str, user_agent: str, required: str, outcome: str = ACCEPTED) -> None:
        """Count one request of a known key. A rejected request is counted, but it is not a use."""
        now = time.time()
        request = key_id, address, user_agent, required, outcome
        with self._counting:
            starts_at = int(now // BUCKET_SECONDS) * BUCKET_SECONDS
            if starts_at != self._starts_at:
                self._begin(starts_at)
            bucket = self._buckets.get(request) or self._bucket_of(request)
            counted = self._counts.get(bucket, 0)
            if counted or len(self._counts) < MOST_BUCKETS:
                self._counts[bucket] = counted + 1
            if outcome == ACCEPTED:
                self._last_uses[key_id] = now, address, user_agent
        self._start_writer()

    def flush(self) -> None:
        """Write what was counted, in one transaction. What could not be written is counted again next time."""
        with self._writing:
            counts, last_uses = self._take()
            logged = request_log.take()
            if not counts and not last_uses:
                return
            try:
                with transaction.atomic():
                    known = known_keys(counts, last_uses)
                    write_counts({bucket: calls for bucket, calls in counts.items() if bucket.key_id in known})
                    write_last_uses({key_id: use for key_id, use in last_uses.items() if key_id in known})
                    request_log.write(logged, calls_of_keys(counts, known))
            except Exception:
                self._put_back(counts, last_uses)
                request_log.put_back(logged)
                raise
            self._logged |= logged.keys()
            usage_flushed.send_robust(sender=None, buckets=[bucket for bucket in counts if bucket.key_id in known])

    def trim_log(self) -> None:
        """Trim the log of the keys that were written since the last time."""
        keys, self._logged = self._logged, set()
        request_log.trim(keys, datetime.now(UTC))

    def forget(self) -> None:
        """Drop what was counted and not yet written."""
        self._take()
        request_log.take()
        self._begin(0)

    def stop(self) -> None:
        """Write the rest before the process ends."""
        self._stop.set()
        try:
            self.flush()
            self.trim_log()
        finally:
            connection.close()

    # -- As what a request is counted ------------------------------------------------------------------------------

    def _begin(self, starts_at: int) -> None:
        self._starts_at = starts_at
        self._clients.clear()
        self._buckets.clear()

    def _bucket_of(self, request: Request) -> Bucket:
        key_id, address, user_agent, required, outcome = request
        told_apart = self._told_apart(key_id, address, client_program(user_agent))
        if len(self._buckets) >= MOST_REMEMBERED:
            self._buckets.clear()
        bucket = self._buckets[request] = Bucket(key_id, self._starts_at, *told_apart, str(required), outcome)
        return bucket

    def _told_apart(self, key_id: int, address: str, program: str) -> tuple[str, str]:
        """Return what a client is counted as: past the limit without its program, then its network, then unknown."""
        clients = self._clients.setdefault(key_id, set())
        coarser = (address, program), (address, ""), (client_ip.read(address).customer_network, "")
        for number, client in enumerate(coarser, start=1):
            if client in clients or len(clients) < number * MOST_CLIENTS:
                clients.add(client)
                return client
        return "", ""

    # -- What waits to be written ----------------------------------------------------------------------------------

    def _take(self) -> tuple[dict[Bucket, int], dict[int, LastUse]]:
        with self._counting:
            counts, last_uses = self._counts, self._last_uses
            self._counts, self._last_uses = {}, {}
        return counts, {key_id: LastUse._make(use) for key_id, use in last_uses.items()}

    def _put_back(self, counts: dict[Bucket, int], last_uses: dict[int, LastUse]) -> None:
        with self._counting:
            for bucket, calls in counts.items():
                self._counts[bucket] = self._counts.get(bucket, 0) + calls
            for key_id, use in last_uses.items():
                self._last_uses.setdefault(key_id, use)

    # -- The one thread of each process that writes ----------------------------------------------------------------

    def _start_writer(self) -> None:
        """Start it with the first request: a thread started before gunicorn forks would not be in its workers."""
        if (self._writer and self._writer.is_alive()) or not settings.USAGE_FLUSH_SECONDS:
            return
        with self._writing:
            if not (self._writer and self._writer.is_alive()):
                self._writer = Thread(target=self._write_until_stopped, name="usage", daemon=True)
                self._writer.start()
                atexit.register(self.stop)

    def _write_until_stopped(self) -> None:
        batches = numbers(1)
        while not self._stop.wait(settings.USAGE_FLUSH_SECONDS):
            try:
                self.flush()
                if next(batches) % BATCHES_BETWEEN_TRIMS == 0:
                    self.trim_log()
                UsedSignature.objects.delete_expired(datetime.now(UTC))
            except Exception:
                logger.exception("Usage could not be written; it is kept for the next try")
                outage.part_with_connection()
            close_old_connections()


def calls_of_keys(counts: dict[Bucket, int], known: set[int]) -> Counter[int]:
    found: Counter[int] = Counter()
    for bucket, calls in counts.items():
        if bucket.key_id in known:
            found[bucket.key_id] += calls
    return found


_of_this_process = UsageRecorder()
count, flush, forget, stop = (
    _of_this_process.count,
    _of_this_process.flush,
    _of_this_process.forget,
    _of_this_process.stop,
)
