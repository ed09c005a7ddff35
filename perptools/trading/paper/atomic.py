"""Transactions without savepoints."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import transaction

from apikeys.db import driver
from apikeys.http.errors import ApiError

P = ParamSpec("P")
T = TypeVar("T")


def atomic_without_savepoint(verb: Callable[P, T]) -> Callable[P, T]:
    """Run a function in the current transaction, or in a new one.

    The function rejects (raises ApiError) before it writes, so the transaction can go on after a rejection. Any other
    exception rolls back the whole transaction, even if it is caught.
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
