"""Run several functions simultaneously, each in its own thread and database connection."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import ProtectedError

from apikeys.http.errors import ApiError


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run all at the same moment. Returns their values or rejections, and raises any other exception."""
    start = Barrier(len(acts))

    def do(act: Callable[[], Any]) -> Any:
        connection.ensure_connection()
        start.wait()
        try:
            return act()
        except (ApiError, ProtectedError, ValidationError) as rejection:
            return rejection
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(do, acts))
