"""Resting orders that the mark reaches."""

from decimal import Decimal

import pytest

from apikeys.models import Account
from perptools.trading.market_data import mark_prices
from perptools.trading.models import Fill, Market, MarketStatus, Order, OrderStatus, Position
from perptools.trading.paper import orders as paper_orders
from perptools.trading.paper import resting_orders
from tests.perptools.trading.order_requests import buy, sell
from tests.perptools.trading.recalculation import check_account


def test_resting_order_fills_at_its_own_price_when_the_mark_reaches_it(account: Account) -> None:
    order = paper_orders.place(account.pk, buy("0.01", "90000"))
    mark_prices.set_mark("PERP_BTC_USDC", Decimal(89000))
    order.refresh_from_db()
    position = Position.objects.get(account=account)
    assert (order.status, order.average_price, position.pending_long) == (OrderStatus.FILLED, 90000, 0)


def test_large_resting_order_is_filled_in_parts(account: Account) -> None:
    order = paper_orders.place(account.pk, buy("0.5", "90000"))
    executed = []
    for mark in (90000, 90000):
        mark_prices.set_mark("PERP_BTC_USDC", Decimal(mark))
        order.refresh_from_db()
        executed.append((order.status, order.executed_quantity))
    assert executed == [("PARTIAL_FILLED", Decimal("0.05555")), ("PARTIAL_FILLED", Decimal("0.1111"))]


def test_all_reached_orders_are_filled(account: Account, bitcoin: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resting_orders, "FILLED_AT_ONCE", 3)
    for number in range(7):
        paper_orders.place(account.pk, buy("0.001", str(90_000 + number)))
    mark_prices.set_mark(bitcoin.symbol, Decimal(90_000))
    assert not Order.objects.open().exists()
    check_account(account.pk)


def test_resting_order_pays_the_maker_fee(account: Account) -> None:
    paper_orders.place(account.pk, buy("0.01", "90000"))
    mark_prices.set_mark("PERP_BTC_USDC", Decimal(90000))
    assert Fill.objects.get().fee == Decimal("0.18")


def test_resting_order_out_of_reach_stays(account: Account) -> None:
    order = paper_orders.place(account.pk, sell("0.01", "99000"))
    mark_prices.set_mark("PERP_BTC_USDC", Decimal("98999.9"))
    order.refresh_from_db()
    assert order.status == OrderStatus.NEW


def test_nothing_is_filled_on_a_halted_market(account: Account) -> None:
    paper_orders.place(account.pk, buy("0.01", "90000"))
    Market.objects.update(status=MarketStatus.HALTED)
    mark_prices.set_mark("PERP_BTC_USDC", Decimal(80000))
    assert not Fill.objects.exists()


def test_resting_reduce_only_order_is_cancelled_with_nothing_to_reduce(account: Account) -> None:
    paper_orders.place(account.pk, buy("0.01"))
    resting = paper_orders.place(account.pk, sell("0.01", "96000", reduce_only=True))
    paper_orders.place(account.pk, sell("0.01"))
    mark_prices.set_mark("PERP_BTC_USDC", Decimal(97000))
    resting.refresh_from_db()
    assert (resting.status, Position.objects.get(account=account).quantity) == (OrderStatus.CANCELLED, 0)
