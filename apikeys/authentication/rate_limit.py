"""Rate limits: requests per second for each key, and failing requests per minute for each IP address.

They are counted in fixed windows in Django's cache `calls`: in Redis for all processes, or in each process by itself.
While Redis is unavailable each process counts its own requests (`perptools/cache.py`), so there is always a limit.
"""

import time
from math import ceil
from typing import NamedTuple

from django.conf import settings
from django.core.cache import caches
from django.utils.connection import ConnectionProxy

from apikeys.http.errors import ApiError, TooManyFailures, TooManyRequests

cache = ConnectionProxy(caches, "calls")  # apart from people's tries at passwords, which calls must not push out
KEY_WINDOW_SECONDS = 2  # so that a burst may be twice what a second allows
FAILURE_WINDOW_SECONDS = 60


class Budget(NamedTuple):
    """What is left of a budget: requests in the window that ends at `resets_at`, in seconds since 1970."""

    limit: int
    left: int
    resets_at: int

    @property
    def headers(self) -> dict[str, str]:
        """The response headers that tell clients what is left, with the names and units that most APIs use."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.left),
            "X-RateLimit-Reset": str(self.resets_at),
        }


def charge_key(key_id: int) -> Budget | None:
    """Count a request of a key. Returns what is left of its budget, if it has one. Raises TooManyRequests."""
    if not settings.API_CALLS_PER_SECOND:
        return None
    limit = settings.API_CALLS_PER_SECOND * KEY_WINDOW_SECONDS
    return _charge(f"calls:{key_id}", limit, KEY_WINDOW_SECONDS, TooManyRequests)


def charge_failure(bucket: str) -> None:
    """Count a failing request by its client's `ClientIP.bucket`; an empty one isn't counted. Raises TooManyFailures."""
    if settings.API_FAILURES_PER_MINUTE and bucket:
        _charge(f"failures:{bucket}", settings.API_FAILURES_PER_MINUTE, FAILURE_WINDOW_SECONDS, TooManyFailures)


def _charge(name: str, limit: int, window: int, rejection: type[ApiError]) -> Budget:
    now = time.time()
    current = int(now // window)
    left = limit - _count(f"{name}:{current}", window)
    budget = Budget(limit, max(0, left), (current + 1) * window)
    if left < 0:
        shown = budget.headers if rejection is TooManyRequests else {}  # only the key's holder sees the key's budget
        raise rejection(headers={"Retry-After": str(max(1, ceil(budget.resets_at - now))), **shown})
    return budget


def _count(name: str, window: int) -> int:
    try:
        cache.add(name, 0, timeout=window)
        return int(cache.incr(name))
    except ValueError:  # it ended between the two
        return 1
