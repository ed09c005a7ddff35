"""Budgets: so many calls a second for each key, so many failing calls a minute for each address.

Counted in windows in Django's cache `calls`: in one Redis for all processes, or in each process by itself. While Redis
is away each process counts its own (`perptools/cache.py`): there is always a limit.
"""

import time
from math import ceil

from django.conf import settings
from django.core.cache import caches
from django.utils.connection import ConnectionProxy

from apikeys.http.errors import ApiError, TooManyFailures, TooManyRequests
from apikeys.network.client_ip import Address

cache = ConnectionProxy(caches, "calls")  # apart from people's tries at passwords, which calls must not push out
KEY_WINDOW_SECONDS = 2  # so that a burst may be twice what a second allows
FAILURE_WINDOW_SECONDS = 60


def charge_key(key_id: int) -> None:
    """Count a call of a key. Raises TooManyRequests past its budget."""
    if settings.API_CALLS_PER_SECOND:
        _charge(
            f"calls:{key_id}", settings.API_CALLS_PER_SECOND * KEY_WINDOW_SECONDS, KEY_WINDOW_SECONDS, TooManyRequests
        )


def charge_failure(address: str) -> None:
    """Count a failing call from an address. Raises TooManyFailures past its budget."""
    if settings.API_FAILURES_PER_MINUTE:
        _charge(f"failures:{address}", settings.API_FAILURES_PER_MINUTE, FAILURE_WINDOW_SECONDS, TooManyFailures)


def _charge(name: str, budget: int, window: int, refusal: type[ApiError]) -> None:
    now = time.time()
    current = int(now // window)
    if _count(f"{name}:{current}", window) > budget:
        raise refusal(headers={"Retry-After": str(max(1, ceil((current + 1) * window - now)))})


def _count(name: str, window: int) -> int:
    try:
        cache.add(name, 0, timeout=window)
        return int(cache.incr(name))
    except ValueError:  # it ended between the two
        return 1


def neighbourhood(caller: Address | None) -> str:
    """The address that failures are counted by. One IPv6 customer has a /64 to call from."""
    if caller is None:
        return "unknown"
    return str(caller) if caller.version == 4 else str(int(caller) >> 64)
