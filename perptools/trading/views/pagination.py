"""One page of a long list, newest first: it begins after a row, so that no page is slower than the first."""

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
    last: int | None  # the row after which the next page begins, if there is more


def read(rows: "QuerySet[Row]", account_pk: int, before: str) -> KeysetPage[Row]:
    """Cut a page out of an account's rows. `before` is a row's number; one that makes no sense is none."""
    number = primary_key(before)
    start: Any = rows.model._default_manager.filter(account_id=account_pk, pk=number).first() if number else None
    if start:
        later = Q(created_at__lt=start.created_at) | Q(pk__lt=start.pk)
        rows = rows.filter(later, created_at__lte=start.created_at)  # the second is what an index can seek
    found = list(rows.order_by("-created_at", "-id")[: SIZE + 1])
    return KeysetPage(found[:SIZE], not start, found[SIZE - 1].pk if len(found) > SIZE else None)
