"""Keyset pagination of long lists, newest first: a page starts after a row, so no page is slower than the first."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, Q, QuerySet

from apikeys.http.parsing import primary_key

Row = TypeVar("Row", bound=Model)

SIZE = 25


@dataclass(frozen=True, slots=True)
class KeysetPage(Generic[Row]):
    rows: list[Row]
    is_newest: bool
    last: int | None  # the row after which the next page starts, if there is one


def read(rows: "QuerySet[Row]", account_pk: int, before: str) -> KeysetPage[Row]:
    """Read a page of an account's rows. `before` is a row's ID; an invalid one is ignored."""
    number = primary_key(before)
    start: Any = rows.model._default_manager.filter(account_id=account_pk, pk=number).first() if number else None
    if start:
        later = Q(created_at__lt=start.created_at) | Q(pk__lt=start.pk)
        rows = rows.filter(later, created_at__lte=start.created_at)  # an index can use the second condition
    found = list(rows.order_by("-created_at", "-id")[: SIZE + 1])
    return KeysetPage(found[:SIZE], not start, found[SIZE - 1].pk if len(found) > SIZE else None)
