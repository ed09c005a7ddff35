"""Read an account's orders, trades and other records, newest first and filtered: one page and the total."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from django.db.models import Model, QuerySet, Sum
from django.http import HttpResponse

from apikeys.http.responses import page
from apikeys.models import Account
from perptools.trading import account_values
from perptools.trading.api.request_schemas import (
    ListDays,
    ListFundingRates,
    ListOfMarket,
    ListOrders,
    ListTransfers,
    Page,
)
from perptools.trading.models import FINAL, OPEN, Fill, FundingPayment, FundingRate, Market, Order, Position, Transfer
from perptools.trading.paper import liquidation

Row = TypeVar("Row", bound=Model)
Rows = TypeVar("Rows", bound=QuerySet[Any])

STATUSES = ("INCOMPLETE", "COMPLETED")
SORTS = {
    "CREATED_TIME_DESC": ("-created_at", "-id"),
    "CREATED_TIME_ASC": ("created_at", "id"),
    "UPDATED_TIME_DESC": ("-updated_at", "-id"),
    "UPDATED_TIME_ASC": ("updated_at", "id"),
}


class Found(NamedTuple):
    """One page of a list, and the total."""

    rows: list[Any]
    total: int
    size: int
    page: int  # from 1

    def answer(self, row: Callable[[Any], dict[str, Any]]) -> HttpResponse:
        return page([row(each) for each in self.rows], total=self.total, size=self.size, number=self.page)


class Counted(NamedTuple):
    orders: int
    open: int
    fills: int


def orders(account_pk: int, asked: ListOrders) -> Found:
    found = _on(Order.objects.owned_by(account_pk), asked.symbol)
    if asked.status == "COMPLETED":
        found = found.filter(status__in=FINAL)
    elif asked.status in ("INCOMPLETE", *OPEN):
        found = found.open()
    elif asked.status == "REJECTED":
        found = found.none()  # rejected orders aren't stored
    given = {
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
    found = _on(Fill.objects.filter(account_id=account_pk), asked.symbol)
    found = _filtered(found, {"order__tag": asked.order_tag})
    sifted = _between(found, asked, "created_at")
    if any(each is not None for each in (asked.order_tag, asked.since, asked.until)):
        return _page(sifted, asked)
    return _page(sifted, asked, total=lambda: _counted(account_pk, asked.symbol).fills)


def transfers(account_pk: int, asked: ListTransfers) -> Found:
    found = Transfer.objects.filter(account_id=account_pk)
    found = found.none() if asked.other_tokens() else _filtered(found, {"side": asked.side})
    return _page(_between(found, asked, "created_at"), asked, size=asked.pageSize)


def liquidations(account_pk: int, asked: ListOfMarket) -> Found:
    orders = _between(_on(liquidation.orders_of(account_pk), asked.symbol), asked, "created_at")
    moments = list(orders.order_by("-created_at").values_list("created_at", flat=True).distinct())
    start = (asked.page - 1) * asked.size
    shown = liquidation.read(account_pk, moments[start : start + asked.size])
    return Found(shown, len(moments), asked.size, asked.page)


def daily_values(account: Account, asked: ListDays) -> Found:
    days = account_values.daily(account, asked.start_date, asked.end_date)
    start = (asked.page - 1) * asked.size
    return Found(days[start : start + asked.size], len(days), asked.size, asked.page)


def funding_payments(account_pk: int, asked: ListOfMarket) -> Found:
    found = _on(FundingPayment.objects.filter(account_id=account_pk), asked.symbol)
    return _page(_between(found, asked, "created_at"), asked)


def funding_rates(market: Market, asked: ListFundingRates) -> Found:
    found = FundingRate.objects.filter(market=market)
    return _page(_between(found, asked, "at"), asked)


def _on(found: Rows, symbol: str | None) -> Rows:
    """Filter by market, by its key: with a join, PostgreSQL doesn't see how few rows there may be."""
    if symbol is None:
        return found
    market = Market.objects.filter(symbol=symbol).values_list("pk", flat=True).first()
    return found.filter(market=market) if market else found.none()


def _filtered(found: QuerySet[Row], given: Mapping[str, object]) -> QuerySet[Row]:
    return found.filter(**{name: value for name, value in given.items() if value is not None})


def _between(found: QuerySet[Row], asked: Page, moment: str) -> QuerySet[Row]:
    limits: dict[str, datetime | None] = {f"{moment}__gte": asked.since, f"{moment}__lt": asked.until}
    return found.filter(**{name: value for name, value in limits.items() if value is not None})


def _page(
    found: QuerySet[Any], asked: Page, *, size: int | None = None, total: Callable[[], int] | None = None
) -> Found:
    """Read one page. The rows before it are skipped in the index, without being read."""
    size = size or asked.size
    start = (asked.page - 1) * size
    keys = list(found.values_list("pk", flat=True)[start : start + size])
    # By key only: with the filters, SQLite would search all rows of the account again.
    rows = found.model._default_manager.all()
    if hasattr(found.model, "market"):
        rows = rows.select_related("market")
    by_key = rows.in_bulk(keys)
    return Found([by_key[key] for key in keys], total() if total else found.count(), size, asked.page)


def _count(account_pk: int, asked: ListOrders) -> int:
    counted = _counted(account_pk, asked.symbol)
    open_and_final = {"INCOMPLETE": counted.open, "COMPLETED": counted.orders - counted.open}
    return open_and_final.get(asked.status or "", counted.orders)


def _counted(account_pk: int, symbol: str | None) -> Counted:
    """Return the stored counts for one market, or for all."""
    kept = _on(Position.objects.filter(account_id=account_pk), symbol)
    return Counted(
        **kept.aggregate(
            orders=Sum("orders", default=0), open=Sum("open_orders", default=0), fills=Sum("fills", default=0)
        )
    )
