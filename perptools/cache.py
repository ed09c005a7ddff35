"""The cache: Redis for all processes or, while Redis is down, each process's own memory.

It stores counts: rate limits and password attempts. They must neither stop the product when Redis does, nor become
unlimited: each process goes on counting by itself, and tries Redis again a second later. API requests are counted apart
from people's attempts, so that a client with many requests can't push out the count of password attempts.

Values are JSON: Django's pickles would run whatever someone wrote into Redis.
"""

import json
import logging
import time
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

ASKED_AGAIN_SECONDS = 1.0
# The number of entries in a process's memory. Entries live for minutes, and nobody can add as many in that time: each
# takes a request of some milliseconds.
MOST_COUNTS = 200_000
REDIS_OPTIONS = {"serializer": "perptools.cache.Serializer", "socket_connect_timeout": 0.5, "socket_timeout": 0.5}
T = TypeVar("T")


class Counts(LocMemCache):
    """Counts in this process. Expired entries are evicted first; Django evicts the oldest ones."""

    _cache: dict[str, bytes]
    _expire_info: dict[str, float | None]

    def __init__(self, name: str, params: dict[str, Any]) -> None:
        super().__init__(name, {"OPTIONS": {"MAX_ENTRIES": MOST_COUNTS}, **params})

    def _cull(self) -> None:
        now = time.time()
        for key in [key for key, ends in self._expire_info.items() if ends is not None and ends <= now]:
            self._delete(key)  # type: ignore[attr-defined]
        if len(self._cache) >= self._max_entries:
            super()._cull()  # type: ignore[misc]


class Cache(BaseCache):
    away_until: ClassVar[float] = 0.0  # shared by all threads, each of which has its own cache object

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self._shared = RedisCache(server, params | {"OPTIONS": REDIS_OPTIONS})
        self._own = Counts(f"beside-redis {params.get('KEY_PREFIX', '')}", {})

    def _ask(self, question: Callable[[BaseCache], T]) -> T:
        if time.monotonic() >= Cache.away_until:
            try:
                return question(self._shared)
            except RedisError as error:
                logger.error("Redis does not answer, so this process counts by itself: %s", type(error).__name__)
                Cache.away_until = time.monotonic() + ASKED_AGAIN_SECONDS
        return question(self._own)

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return self._ask(lambda cache: cache.add(key, value, timeout, version))

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return self._ask(lambda cache: cache.get(key, default, version))

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        self._ask(lambda cache: cache.set(key, value, timeout, version))

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return self._ask(lambda cache: cache.touch(key, timeout, version))

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        return self._ask(lambda cache: cache.incr(key, delta, version))

    def delete(self, key: Any, version: int | None = None) -> bool:
        return self._ask(lambda cache: cache.delete(key, version))

    def clear(self) -> None:
        self._ask(lambda cache: cache.clear())


class Serializer:
    def dumps(self, value: Any) -> int | str:
        return value if type(value) is int else json.dumps(value)  # Redis increments plain integers only

    def loads(self, stored: bytes) -> Any:
        return json.loads(stored)
