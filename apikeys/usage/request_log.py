"""The log of single requests: each key's latest ones, written in the same batches as usage counts.

A busy key's log leaves requests out and says how many, so that logging costs next to nothing.
"""

import time
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, Window
from django.db.models.functions import RowNumber

from apikeys.crypto import secret_scanning
from apikeys.db.batching import not_locked
from apikeys.http.call import Call
from apikeys.models import ApiKey, LoggedRequest
from apikeys.network.client_ip import ClientIP
from apikeys.usage.buckets import client_program

KEPT, MOST_KEPT = timedelta(hours=24), 100  # for each key
MOST_IN_BATCH = 20  # for each key
MOST_SUCCESSFUL = 10  # of them: the rejected ones matter more
MOST_KEYS = 1_000  # in one batch
LONGEST_PATH = 200

# The ORM takes five times as long.
_COLUMNS = "key_id, at, method, path, required, status, reason, address, client, duration_ms, request_id, left_out"
_INSERT = f"INSERT INTO apikeys_loggedrequest ({_COLUMNS}) VALUES ({', '.join(['%s'] * 12)})"  # noqa: S608  # no input


# A request that isn't written yet: when it was received and answered, method, path, required access, status, reason,
# IP address, user agent and request ID. Not the `Call`, which has credentials and the body.
Waiting = tuple[float, float, str, str, str, int, str, ClientIP, str, str]
Batch = dict[int, list[Waiting]]  # by key ID


class RequestLog:
    """The requests of one process that wait to be written. Every method may be called by any thread.

    It needs no lock: each step is atomic. At worst, a request that comes during `take` isn't logged.
    """

    def __init__(self) -> None:
        self._batch: Batch = {}

    def record(self, key_id: int, call: Call, *, required: str, status: int, reason: str = "") -> None:
        """Remember a request, unless its key has enough of them in this batch."""
        waiting = self._batch.get(key_id)
        if waiting is None:
            if len(self._batch) >= MOST_KEYS:
                return
            waiting = self._batch.setdefault(key_id, [])
        if len(waiting) < (MOST_IN_BATCH if reason else MOST_SUCCESSFUL):
            now, client = time.time(), (call.client_ip, call.user_agent, call.request_id)
            waiting.append((call.received_at, now, call.method, call.path, required, status, reason, *client))

    def take(self) -> Batch:
        batch, self._batch = self._batch, {}
        return batch

    def put_back(self, batch: Batch) -> None:
        """Write a batch next time, because it couldn't be written. What is more than one batch holds is left out."""
        for key_id, earlier in batch.items():
            self._batch[key_id] = (earlier + self._batch.get(key_id, []))[:MOST_IN_BATCH]


def write(batch: Batch, counts: Mapping[int, int]) -> None:
    """Write a batch. `counts` has the number of requests of each key, also of those that aren't in the batch."""
    rows: list[tuple[int | str | None, ...]] = []
    for key_id, waiting in sorted(batch.items()):
        if waiting and key_id in counts:
            rows += (_row(key_id, one, 0) for one in waiting[:-1])
            rows.append(_row(key_id, waiting[-1], max(counts[key_id] - len(waiting), 0)))
    with connection.cursor() as cursor:
        cursor.executemany(_INSERT, rows)


def _row(key_id: int, waiting: Waiting, left_out: int) -> tuple[int | str | None, ...]:
    received_at, answered_at, method, path, required, status, reason, client_ip, user_agent, request_id = waiting
    return (
        key_id,
        connection.ops.adapt_datetimefield_value(datetime.fromtimestamp(received_at, UTC)),
        method[:8],
        secret_scanning.redact(path)[:LONGEST_PATH],
        str(required),
        status,
        reason,
        client_ip.text,
        client_program(user_agent),
        max(int((answered_at - received_at) * 1000), 0),
        request_id,
        left_out,
    )


def trim(keys: Collection[int], now: datetime) -> None:
    """Delete what is older than 24 hours, and what is more than 100 requests of these keys."""
    places = Window(RowNumber(), partition_by="key_id", order_by=F("id").desc())
    surplus = LoggedRequest.objects.filter(key__in=keys).order_by().annotate(place=places).filter(place__gt=MOST_KEPT)
    with transaction.atomic():
        not_locked(LoggedRequest.objects.filter(pk__in=list(surplus.values_list("pk", flat=True)))).delete()
        not_locked(LoggedRequest.objects.filter(at__lt=now - KEPT)).delete()


def latest(key: ApiKey, now: datetime, *, rejected: bool = False) -> list[LoggedRequest]:
    """Return a key's latest requests, the newest first; only the rejected ones if `rejected`."""
    kept = LoggedRequest.objects.filter(key=key, at__gte=now - KEPT)[:MOST_KEPT]
    return [one for one in kept if one.reason] if rejected else list(kept)


_of_this_process = RequestLog()
record, take, put_back = _of_this_process.record, _of_this_process.take, _of_this_process.put_back
