"""Frequent queries find their rows by an index, however many orders there are.

With `--log-cli-level=INFO` this file reports orders per second, and how a long history changes that.
"""

import logging
from collections.abc import Callable
from decimal import Decimal
from time import perf_counter

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from apikeys.models import Account
from perptools.trading.api import queries
from perptools.trading.api.request_schemas import ListOfMarket, ListOrders
from perptools.trading.market_data import mark_prices
from perptools.trading.market_data.mark_prices import Quote
from perptools.trading.models import Fill, Market, Order, OrderStatus, OrderType, Position, Side
from perptools.trading.paper import orders as paper_orders
from tests.perptools.trading.order_requests import buy
from tests.support.factories import make_trader
from tests.support.paper_funds import deposit

logger = logging.getLogger(__name__)

NEWEST = queries.SORTS["CREATED_TIME_DESC"]
pytestmark = pytest.mark.django_db

PLANS = [
    (Order.objects.owned_by(1).order_by(*NEWEST).values_list("pk"), "orders_of_an_account"),
    (Order.objects.owned_by(1).filter(market=1).order_by(*NEWEST).values_list("pk"), "orders_by_market"),
    (Order.objects.owned_by(1).open().order_by(*NEWEST).values_list("pk"), "open_orders_of_an_account"),
    (Order.objects.owned_by(1).open().filter(client_order_id="x"), "open_orders_of_an_account"),
    (Order.objects.owned_by(1).filter(client_order_id="x").order_by("-id"), "orders_by_client_order_id"),
    (Order.objects.filter(market__in=[1, 2]).reached(Side.BUY).order_by(), "resting_orders_by_price"),
    (Order.objects.owned_by(1).filter(market=1).reached(Side.SELL).order_by(), "resting_orders_by_price"),
    (Order.objects.owned_by(1).filter(side="BUY", type="IOC").values_list("pk"), "COVERING INDEX orders_of_an_account"),
    (Fill.objects.filter(account_id=1).values_list("pk"), "fills_of_an_account"),
    (Fill.objects.filter(account_id=1, market=1).values_list("pk"), "fills_by_market"),
    (Fill.objects.filter(market_id=1).order_by("-id"), "fills_of_a_market"),
    (Position.objects.open().filter(market__in=[1]), "held_positions_of_a_market"),
]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL reads small tables without an index")
@pytest.mark.parametrize(("asked", "index"), PLANS)
def test_no_query_reads_more_than_it_returns(asked: QuerySet[Order], index: str) -> None:
    assert f" {index} " in asked.explain()


@pytest.fixture
def old(account: Account) -> Account:
    """An account with a long history."""
    closed = {"status": OrderStatus.CANCELLED, "closed_at": "2026-01-01T00:00Z", "type": OrderType.LIMIT, "price": 1}
    orders = [Order(account=account, market_id=1, side=Side.BUY, quantity=1, **closed) for _ in range(500)]
    Order.objects.bulk_create(orders)
    Position.objects.create(account=account, market_id=1, orders=500)
    return account


def test_list_takes_three_queries(old: Account) -> None:
    with CaptureQueriesContext(connection) as asked:
        found = queries.orders(old.pk, ListOrders(size=500))
    assert (len(asked), len(found.rows), found.total) == (3, 500, 500)


def test_order_takes_the_same_queries_with_and_without_a_history(old: Account) -> None:
    with CaptureQueriesContext(connection) as asked:
        paper_orders.place(old.pk, buy("0.01", "90000", client_order_id="x"))
    assert len([query for query in asked if "SAVEPOINT" not in query["sql"]]) == 6


# -- In numbers ------------------------------------------------------------------------------------------------------

EVER, STILL_OPEN, TRIES = 100_000, 10_000, 12
LARGEST_GROWTH, A_FEW = 1.5, 10

PAST = """
INSERT INTO trading_order (
    account_id, market_id, client_order_id, type, side, status, price, quantity, visible_quantity, executed_quantity,
    executed_value, fee, realized_pnl, reduce_only, tag, created_at, updated_at, closed_at
)
WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < %(ever)s)
SELECT %(account)s, %(market)s, 'past-' || n, 'LIMIT', 'BUY', CASE WHEN n > %(closed)s THEN 'NEW' ELSE 'CANCELLED' END,
    CAST(50000 + n %% 10000 AS bigint) * 100000000, 100000, 100000, 0, 0, 0, 0, %(no)s, '', %(then)s, %(then)s,
    CASE WHEN n > %(closed)s THEN NULL ELSE %(then)s END
FROM numbers
"""


@pytest.fixture
def busy(account: Account, bitcoin: Market) -> Account:
    """An account with 100,000 orders, 10,000 of them open, and a market with as many."""
    then = connection.ops.adapt_datetimefield_value(account.created_at)
    closed = EVER - STILL_OPEN
    values = {"account": account.pk, "market": bitcoin.pk, "ever": EVER, "closed": closed, "no": False, "then": then}
    with connection.cursor() as cursor:
        cursor.execute(PAST, values)
        cursor.execute("ANALYZE")
    pending = Decimal("0.001") * STILL_OPEN
    kept = {"orders": EVER, "open_orders": STILL_OPEN, "pending_long": pending}
    Position.objects.create(account=account, market=bitcoin, **kept)
    return account


BTC, ETH = "PERP_BTC_USDC", "PERP_ETH_USDC"
DEEDS: dict[str, Callable[[int], object]] = {
    "place": lambda pk: paper_orders.place(pk, buy("0.001", "60000")),
    "trade": lambda pk: paper_orders.place(pk, buy("0.001")),
    "place and cancel": lambda pk: paper_orders.cancel(pk, BTC, pk=paper_orders.place(pk, buy("0.001", "60000")).pk),
    "list": lambda pk: queries.orders(pk, ListOrders(size=1)),
    "list open": lambda pk: queries.orders(pk, ListOrders(size=1, status="INCOMPLETE")),
    "list final": lambda pk: queries.orders(pk, ListOrders(size=1, status="COMPLETED", symbol=BTC)),
    "list trades": lambda pk: queries.trades(pk, ListOfMarket(size=1)),
}


@pytest.fixture
def rich(busy: Account) -> tuple[Account, Account]:
    """An account without a history, and the one with: both have enough funds."""
    accounts = make_trader().account, busy
    for account in accounts:
        deposit(account.pk, Decimal(1_000_000))
    return accounts


def test_long_history_and_many_open_orders_add_no_work(rich: tuple[Account, Account]) -> None:
    fresh, busy = rich
    grown = {}
    for name, deed in DEEDS.items():
        without, within = work(lambda deed=deed: deed(fresh.pk)), work(lambda deed=deed: deed(busy.pk))
        if within > without * LARGEST_GROWTH + A_FEW:
            grown[name] = (without, within)
        tell(name, deed, fresh, busy)
    assert grown == {}


def test_price_change_with_many_open_orders_adds_no_work(busy: Account) -> None:
    empty, full = (work(lambda symbol=symbol: move(symbol)) for symbol in (ETH, BTC))
    assert full <= empty * LARGEST_GROWTH + A_FEW


def move(symbol: str) -> None:
    """Move a price up, so that no resting buy order is reached."""
    mark_prices.move([Quote(symbol, Market.objects.get(symbol=symbol).mark_price * 2)])


def work(deed: Callable[[], object]) -> int:
    """Measure an action's work in the database: SQLite's steps, or the rows that PostgreSQL reads."""
    deed()  # prepares statements
    return steps_of(deed) if connection.vendor == "sqlite" else rows_read_by(deed)


def steps_of(deed: Callable[[], object]) -> int:
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    connection.connection.set_progress_handler(count, 10)
    try:
        deed()
    finally:
        connection.connection.set_progress_handler(None, 0)
    return steps


def rows_read_by(deed: Callable[[], object]) -> int:
    before = rows_read()
    deed()
    return rows_read() - before


def rows_read() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT SUM(seq_tup_read + COALESCE(idx_tup_fetch, 0)) FROM pg_stat_xact_user_tables")
        return int(cursor.fetchone()[0])


def tell(name: str, deed: Callable[[int], object], fresh: Account, busy: Account) -> None:
    """Report the shortest time of some runs, which proves nothing on a busy machine."""
    if logger.isEnabledFor(logging.INFO):
        text = "%s: %.0f a second without a past, %.0f with %d orders, of which %d are open"
        logger.info(text, name, *(1 / shortest(deed, one.pk) for one in (fresh, busy)), EVER, STILL_OPEN)


def shortest(deed: Callable[[int], object], account_pk: int) -> float:
    def once() -> float:
        start = perf_counter()
        deed(account_pk)
        return perf_counter() - start

    return min(once() for _ in range(TRIES))
