"""Find what an account did, newest first, with the filters a client may ask for: one page, and how much there is."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from django.db.models import Model, QuerySet, Sum

from perptools.trading.models import Fill, FundingPayment, FundingRate, Market, Order, Position, Transfer
from perptools.trading.schemas import ListFundingRates, ListOfMarket, ListOrders, ListTransfers, Page

Row = TypeVar("Row", bound=Model)

STATUSES = ("INCOMPLETE", "COMPLETED")
SORTS = {
    "CREATED_TIME_DESC": ("-created_at", "-id"),
    "CREATED_TIME_ASC": ("created_at", "id"),
    "UPDATED_TIME_DESC": ("-updated_at", "-id"),
    "UPDATED_TIME_ASC": ("updated_at", "id"),
}


class Found(NamedTuple):
    rows: list[Any]
    total: int


def orders(account_pk: int, asked: ListOrders) -> Found:
    found = Order.objects.owned_by(account_pk).select_related("market")
    if asked.status in STATUSES:
        found = found.open() if asked.status == "INCOMPLETE" else found.final()
    given = {
        "market__symbol": asked.symbol,
        "side": asked.side,
        "type": asked.order_type,
        "tag": asked.order_tag,
        "status": None if asked.status in STATUSES else asked.status,
    }
    sifted = _between(_filtered(found, given), asked, "created_at").order_by(*SORTS[asked.sort_by])
    narrowed = [given["side"], given["type"], given["tag"], given["status"], asked.since, asked.until]
    if any(each is not None for each in narrowed):
        return _page(sifted, asked)
    return _page(sifted, asked, total=lambda: _count(account_pk, asked))


def trades(account_pk: int, asked: ListOfMarket) -> Found:
    found = Fill.objects.filter(account_id=account_pk).select_related("market")
    found = _filtered(found, {"market__symbol": asked.symbol, "order__tag": asked.order_tag})
    return _page(_between(found, asked, "created_at"), asked)


def transfers(account_pk: int, asked: ListTransfers) -> Found:
    found = Transfer.objects.filter(account_id=account_pk)
    found = found.none() if asked.other_tokens() else _filtered(found, {"side": asked.side})
    return _page(_between(found, asked, "created_at"), asked, size=asked.pageSize)


def funding_payments(account_pk: int, asked: ListOfMarket) -> Found:
    found = FundingPayment.objects.filter(account_id=account_pk).select_related("market")
    found = _filtered(found, {"market__symbol": asked.symbol})
    return _page(_between(found, asked, "created_at"), asked)


def funding_rates(market: Market, asked: ListFundingRates) -> Found:
    found = FundingRate.objects.filter(market=market).select_related("market")
    return _page(_between(found, asked, "at"), asked)


def _filtered(found: QuerySet[Row], given: Mapping[str, object]) -> QuerySet[Row]:
    return found.filter(**{name: value for name, value in given.items() if value is not None})


def _between(found: QuerySet[Row], asked: Page, moment: str) -> QuerySet[Row]:
    limits: dict[str, datetime | None] = {f"{moment}__gte": asked.since, f"{moment}__lt": asked.until}
    return found.filter(**{name: value for name, value in limits.items() if value is not None})


def _page(
    found: QuerySet[Any], asked: Page, *, size: int | None = None, total: Callable[[], int] | None = None
) -> Found:
    """Cut out a page. The rows before it are passed over in the index alone, never read."""
    size = size or asked.size
    start = (asked.page - 1) * size
    keys = list(found.values_list("pk", flat=True)[start : start + size])
    # By key alone: with the filters again, SQLite would search all of the account's rows for them.
    rows = found.model._default_manager.all()
    if hasattr(found.model, "market"):
        rows = rows.select_related("market")
    by_key = rows.in_bulk(keys)
    return Found([by_key[key] for key in keys], total() if total else found.count())


def _count(account_pk: int, asked: ListOrders) -> int:
    """How many orders there are, from the counts that are kept of them."""
    kept = _filtered(Position.objects.filter(account_id=account_pk), {"market__symbol": asked.symbol})
    sums = kept.aggregate(orders=Sum("orders", default=0), open=Sum("open_orders", default=0))
    counts = {None: sums["orders"], "INCOMPLETE": sums["open"], "COMPLETED": sums["orders"] - sums["open"]}
    return int(counts[asked.status])
