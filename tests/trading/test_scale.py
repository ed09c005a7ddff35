"""What is asked for often finds its rows by an index, however many orders there ever were."""

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from apikeys.models import Account
from perptools.trading import history, ledger
from perptools.trading.models import Fill, Order, OrderStatus, OrderType, Position, Side
from perptools.trading.schemas import ListOrders
from tests.trading.orders import buy

NEWEST = history.SORTS["CREATED_TIME_DESC"]
pytestmark = pytest.mark.django_db

PLANS = [
    (Order.objects.owned_by(1).order_by(*NEWEST).values_list("pk"), "orders_of_an_account"),
    (Order.objects.owned_by(1).filter(market=1).order_by(*NEWEST).values_list("pk"), "orders_of_an_account_by_market"),
    (Order.objects.owned_by(1).open().order_by(*NEWEST).values_list("pk"), "open_orders_of_an_account"),
    (Order.objects.owned_by(1).open().filter(client_order_id="x"), "open_orders_of_an_account"),
    (Order.objects.owned_by(1).filter(client_order_id="x").order_by("-id"), "orders_by_client_order_id"),
    (Order.objects.filter(market__in=[1, 2]).reached(Side.BUY).order_by(), "resting_orders_by_price"),
    (Order.objects.owned_by(1).filter(market=1).reached(Side.SELL).order_by(), "resting_orders_by_price"),
    (Fill.objects.filter(account_id=1).values_list("pk"), "fills_of_an_account"),
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
    with CaptureQueriesContext(
        connection,
    ) as asked:
        found = history.orders(old.pk, ListOrders(size=500))
    assert (len(asked), len(found.rows), found.total) == (3, 500, 500)


def test_an_order_is_as_many_questions_with_a_past_as_without(old: Account) -> None:
    with CaptureQueriesContext(connection) as asked:
        ledger.place(old.pk, buy("0.01", "90000", client_order_id="x"))
    assert len([query for query in asked if "SAVEPOINT" not in query["sql"]]) == 6
