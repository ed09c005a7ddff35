"""Wholly or not at all, without a savepoint."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import transaction

from apikeys.db import driver
from apikeys.http.errors import ApiError

P = ParamSpec("P")
T = TypeVar("T")


def atomic_without_savepoint(verb: Callable[P, T]) -> Callable[P, T]:
    """Run a verb in the transaction that is open, or in one of its own.

    A verb refuses (ApiError) before it writes, so there is nothing to take back, and the transaction goes on. Whatever
    else goes wrong takes all of the transaction with it, also where somebody catches it.
    """

    @wraps(verb)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        database = driver.connection()
        if not database.in_atomic_block:
            with transaction.atomic():
                return verb(*args, **kwargs)
        try:
            return verb(*args, **kwargs)
        except ApiError:
            raise
        except BaseException:
            database.set_rollback(True)
            raise

    return run
