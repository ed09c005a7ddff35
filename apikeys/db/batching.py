"""Work on many rows: in batches, or all at once under locks that can't deadlock."""

from collections.abc import Iterator
from typing import TypeVar

from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)
Rows = TypeVar("Rows", bound=QuerySet)


def batches(rows: QuerySet[Row], size: int) -> Iterator[list[Row]]:
    last = 0
    while batch := list(rows.filter(pk__gt=last).order_by("pk")[:size]):
        yield batch
        last = batch[-1].pk


def locked(rows: Rows) -> Rows:
    """Lock rows in the order of their IDs, and return them for an UPDATE. Needs a transaction.

    An UPDATE locks rows in the order in which it finds them. Two UPDATEs that find the same rows in different orders
    deadlock on PostgreSQL. With one order for all, one of them waits.
    """
    ids = rows.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True)
    return rows.filter(pk__in=list(ids))


def not_locked(rows: Rows) -> Rows:
    """Leave out rows that another session has locked, so that deleting the others waits for no lock.

    Needs a transaction.
    """
    return rows.filter(pk__in=rows.order_by().select_for_update(skip_locked=True).values("pk"))
