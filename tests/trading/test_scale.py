"""What is asked for often finds its rows by an index, however many orders there ever were.

With `--log-cli-level=INFO` this file tells how many orders a second that makes, and how much they grow with a past.
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
from perptools.trading import history, ledger, prices
from perptools.trading.models import Fill, Market, Order, OrderStatus, OrderType, Position, Side
from perptools.trading.prices import Quote
from perptools.trading.schemas import ListOfMarket, ListOrders
from tests.traders import make_trader
from tests.trading.orders import buy

logger = logging.getLogger(__name__)

NEWEST = history.SORTS["CREATED_TIME_DESC"]
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
    (Position.objects.held().filter(market__in=[1]), "held_positions_of_a_market"),
]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL reads small tables without an index")
@pytest.mark.parametrize(("asked", "index"), PLANS)
def test_no_question_reads_more_than_its_answer(asked: QuerySet[Order], index: str) -> None:
    assert f" {index} " in asked.explain()


@pytest.fixture
def old(account: Account) -> Account:
    """An account with a past."""
    closed = {"status": OrderStatus.CANCELLED, "closed_at": "2026-01-01T00:00Z", "type": OrderType.LIMIT, "price": 1}
    orders = [Order(account=account, market_id=1, side=Side.BUY, quantity=1, **closed) for _ in range(500)]
    Order.objects.bulk_create(orders)
    Position.objects.create(account=account, market_id=1, orders=500)
    return account


def test_a_list_is_three_questions_whatever_is_in_it(old: Account) -> None:
    with CaptureQueriesContext(connection) as asked:
        found = history.orders(old.pk, ListOrders(size=500))
    assert (len(asked), len(found.rows), found.total) == (3, 500, 500)


def test_an_order_is_as_many_questions_with_a_past_as_without(old: Account) -> None:
    with CaptureQueriesContext(connection) as asked:
        ledger.place(old.pk, buy("0.01", "90000", client_order_id="x"))
    assert len([query for query in asked if "SAVEPOINT" not in query["sql"]]) == 6


# -- In numbers ------------------------------------------------------------------------------------------------------

EVER, STILL_OPEN, TRIES = 100_000, 10_000, 12
LARGEST_GROWTH, NOISE_SECONDS = 3, 0.005

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
    """An account with 100,000 orders, of which 10,000 are open: a market with as many, too."""
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


DEEDS: dict[str, Callable[[int], object]] = {
    "place": lambda pk: ledger.place(pk, buy("0.001", "60000")),
    "trade": lambda pk: ledger.place(pk, buy("0.001")),
    "place and cancel": lambda pk: ledger.cancel(pk, BTC, pk=ledger.place(pk, buy("0.001", "60000")).pk),
    "list": lambda pk: history.orders(pk, ListOrders(size=1)),
    "list open": lambda pk: history.orders(pk, ListOrders(size=1, status="INCOMPLETE")),
    "list final": lambda pk: history.orders(pk, ListOrders(size=1, status="COMPLETED", symbol=BTC)),
    "list trades": lambda pk: history.trades(pk, ListOfMarket(size=1)),
    "move": lambda pk: prices.move([Quote(BTC, Decimal(95_000))]),
}
BTC = "PERP_BTC_USDC"


def test_a_long_past_and_many_open_orders_slow_nothing_down(busy: Account) -> None:
    fresh = make_trader().account
    for account in (busy, fresh):
        ledger.deposit(account.pk, Decimal(1_000_000))
    slow = [name for name, deed in DEEDS.items() if has_grown(name, seconds(deed, fresh.pk), seconds(deed, busy.pk))]
    assert slow == []


def seconds(deed: Callable[[int], object], account_pk: int) -> float:
    """How long a deed takes when nothing is in its way: the shortest of some tries."""

    def once() -> float:
        start = perf_counter()
        deed(account_pk)
        return perf_counter() - start

    return min(once() for _ in range(TRIES))


def has_grown(name: str, without: float, within: float) -> bool:
    text = "%s: %.0f a second without a past, %.0f with %d orders, of which %d are open"
    logger.info(text, name, 1 / without, 1 / within, EVER, STILL_OPEN)
    return within > without * LARGEST_GROWTH + NOISE_SECONDS
