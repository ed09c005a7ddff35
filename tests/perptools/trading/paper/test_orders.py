from decimal import Decimal

import pytest
from django.conf import settings
from django.contrib.auth.models import User

from apikeys.http.errors import ApiError
from apikeys.models import Account
from perptools.trading import errors
from perptools.trading.market_data import mark_prices
from perptools.trading.models import Balance, Fill, Market, Order, OrderStatus, OrderType, Position, Side, Transfer
from perptools.trading.paper import orders as paper_orders
from tests.perptools.trading.order_requests import buy, sell

FUNDS = Decimal(settings.PAPER_FUNDS)


def holding(account: Account) -> Decimal:
    return Balance.objects.get(account=account).holding


def position(account: Account) -> Position:
    return Position.objects.get(account=account)


def test_new_account_has_paper_funds(account: Account) -> None:
    assert holding(account) == FUNDS


def test_paper_funds_are_recorded_as_a_deposit(account: Account) -> None:
    assert [(row.side, row.amount) for row in Transfer.objects.filter(account=account)] == [("DEPOSIT", FUNDS)]


@pytest.mark.django_db
def test_every_new_user_has_an_account_with_a_balance() -> None:
    user = User.objects.create_user("new", "new@example.com", "a long password")
    assert user.account.balance.holding == FUNDS


ASK, BID = Decimal("95004.8"), Decimal("94995.2")  # half a basis point from the mark of 95,000


def test_market_order_fills_at_the_best_price_of_the_book(account: Account) -> None:
    order = paper_orders.place(account.pk, buy("0.01"))
    assert (order.status, order.average_price) == (OrderStatus.FILLED, ASK)


def test_fill_pays_the_taker_fee_from_the_holding(account: Account) -> None:
    paper_orders.place(account.pk, buy("0.01"))
    assert holding(account) == FUNDS - Decimal("0.01") * ASK * Decimal("0.0005")


def test_fill_opens_a_position_at_its_price(account: Account) -> None:
    paper_orders.place(account.pk, sell("0.01"))
    held = position(account)
    assert (held.quantity, held.average_open_price) == (Decimal("-0.01"), BID)


def test_large_order_takes_several_levels_of_the_book(account: Account) -> None:
    order = paper_orders.place(account.pk, buy("0.5"))
    assert (order.status, Fill.objects.count(), order.average_price > ASK) == (OrderStatus.FILLED, 4, True)


def test_market_order_stops_at_the_price_range(account: Account, bitcoin: Market) -> None:
    Market.objects.filter(pk=bitcoin.pk).update(level_value=1, level_step=Decimal("0.01"))
    order = paper_orders.place(account.pk, buy("0.1"))
    assert (order.status, order.executed_value < 7) == (OrderStatus.CANCELLED, True)  # 1 + 2 + 3 USDC within 3 %


def test_limit_order_below_the_mark_rests(account: Account) -> None:
    order = paper_orders.place(account.pk, buy("0.01", "90000"))
    assert (order.status, position(account).pending_long) == (OrderStatus.NEW, Decimal("0.01"))


def test_limit_order_beyond_the_best_price_of_the_book_fills_there(account: Account) -> None:
    order = paper_orders.place(account.pk, buy("0.01", "96000"))
    assert order.average_price == ASK


def test_limit_order_takes_what_its_price_reaches_and_rests(account: Account) -> None:
    order = paper_orders.place(account.pk, buy("0.5", "95010"))
    taken = Decimal("0.05262")  # the first level: 5,000 USDC at 95,004.8
    assert (order.status, order.executed_quantity) == (OrderStatus.PARTIAL_FILLED, taken)
    assert position(account).pending_long == Decimal("0.5") - taken


@pytest.mark.parametrize(
    ("type", "price", "status", "executed"),
    [
        (OrderType.IOC, "95010", "CANCELLED", "0.05262"),
        (OrderType.IOC, "94000", "CANCELLED", "0"),
        (OrderType.IOC, "96000", "FILLED", "0.5"),
        (OrderType.FOK, "95010", "CANCELLED", "0"),
        (OrderType.FOK, "96000", "FILLED", "0.5"),
        (OrderType.POST_ONLY, "95004.8", "CANCELLED", "0"),
        (OrderType.POST_ONLY, "95004.7", "NEW", "0"),
    ],
)
def test_each_type_takes_what_it_can(account: Account, type: OrderType, price: str, status: str, executed: str) -> None:
    order = paper_orders.place(account.pk, buy("0.5", price, type=type))
    assert (order.status, order.executed_quantity) == (status, Decimal(executed))


@pytest.mark.parametrize(
    ("type", "level", "price"), [("BID", 0, "94995.2"), ("BID", 2, "94976.2"), ("ASK", 4, "95042.8")]
)
def test_bid_and_ask_orders_take_their_price_from_the_book(account: Account, type: str, level: int, price: str) -> None:
    order = paper_orders.place(account.pk, buy("0.01", type=OrderType(type), level=level))
    assert order.price == Decimal(price)


def test_bid_rests_at_the_best_bid(account: Account) -> None:
    assert paper_orders.place(account.pk, buy("0.01", type=OrderType.BID)).status == OrderStatus.NEW


def test_amount_buys_the_quantity_it_pays_for(account: Account) -> None:
    order = paper_orders.place(account.pk, buy(None, amount=Decimal(1000)))
    assert (order.quantity, order.status) == (Decimal("0.01052"), OrderStatus.FILLED)  # 1,000 / 95,004.8, rounded down


@pytest.mark.parametrize(
    ("amount", "code"),
    [("0", -1005), ("-5", -1005), ("0.5", -1102), ("5", -1102), ("1E17", -1005), ("1000.000000001", -1005)],
)
def test_amount_must_buy_a_valid_quantity(account: Account, amount: str, code: int) -> None:
    with pytest.raises(ApiError) as refused:
        paper_orders.place(account.pk, buy(None, amount=Decimal(amount)))
    assert refused.value.code == code


def test_closing_realises_the_pnl(account: Account) -> None:
    opened = paper_orders.place(account.pk, buy("0.01"))
    mark_prices.set_mark("PERP_BTC_USDC", Decimal(96000))
    closed = paper_orders.place(account.pk, sell("0.01"))
    assert closed.realized_pnl == closed.executed_value - opened.executed_value
    assert (position(account).quantity, position(account).cost) == (0, 0)


def test_larger_order_on_the_other_side_reverses_the_position(account: Account) -> None:
    paper_orders.place(account.pk, buy("0.01"))
    mark_prices.set_mark("PERP_BTC_USDC", Decimal(96000))
    order = paper_orders.place(account.pk, sell("0.03"))
    held = position(account)
    assert (held.quantity, held.average_open_price) == (Decimal("-0.02"), order.average_price)


def test_adding_to_a_position_averages_its_price(account: Account) -> None:
    first = paper_orders.place(account.pk, buy("0.01"))
    mark_prices.set_mark("PERP_BTC_USDC", Decimal(97000))
    second = paper_orders.place(account.pk, buy("0.01"))
    assert position(account).cost == first.executed_value + second.executed_value


def test_order_without_enough_margin_is_rejected_completely(account: Account) -> None:
    with pytest.raises(errors.MarginInsufficient):
        paper_orders.place(account.pk, buy("1.1"))  # 104,500 USDC at leverage 10 need 10,450
    assert (Order.objects.count(), Position.objects.count(), holding(account)) == (0, 0, FUNDS)


def test_resting_orders_need_margin(account: Account) -> None:
    paper_orders.place(account.pk, buy("0.6", "90000"))
    with pytest.raises(errors.MarginInsufficient):
        paper_orders.place(account.pk, buy("0.6", "90000"))


def test_orders_on_both_sides_need_margin_once(account: Account) -> None:
    paper_orders.place(account.pk, buy("0.8", "90000"))
    assert paper_orders.place(account.pk, sell("0.8", "99000")).status == OrderStatus.NEW


def test_position_can_be_closed_without_free_collateral(account: Account) -> None:
    paper_orders.place(account.pk, buy("1"))
    mark_prices.set_mark("PERP_BTC_USDC", Decimal(90000))
    assert paper_orders.place(account.pk, sell("0.5")).status == OrderStatus.FILLED


def test_reduce_only_order_is_reduced_to_the_position(account: Account) -> None:
    paper_orders.place(account.pk, buy("0.01"))
    order = paper_orders.place(account.pk, sell("0.05", reduce_only=True))
    assert (order.quantity, order.status, position(account).quantity) == (Decimal("0.01"), OrderStatus.FILLED, 0)


@pytest.mark.parametrize("held", [None, "BUY"])
def test_reduce_only_order_never_opens_a_position(account: Account, held: str | None) -> None:
    if held:
        paper_orders.place(account.pk, buy("0.01"))
    with pytest.raises(errors.ReduceOnlyRejected):
        paper_orders.place(account.pk, buy("0.01", reduce_only=True))


def test_cancelling_releases_the_margin_of_an_order(account: Account) -> None:
    order = paper_orders.place(account.pk, buy("0.6", "90000"))
    paper_orders.cancel(account.pk, "PERP_BTC_USDC", pk=order.pk)
    order.refresh_from_db()
    assert (order.status, position(account).pending_long) == (OrderStatus.CANCELLED, 0)


def test_only_an_open_order_can_be_cancelled(account: Account) -> None:
    order = paper_orders.place(account.pk, buy("0.01"))
    with pytest.raises(errors.OrderNotOpen):
        paper_orders.cancel(account.pk, "PERP_BTC_USDC", pk=order.pk)


@pytest.mark.parametrize("symbol", ["PERP_ETH_USDC", "PERP_NONE_USDC", ""])
def test_order_is_cancelled_on_its_own_market(account: Account, symbol: str) -> None:
    order = paper_orders.place(account.pk, buy("0.01", "90000"))
    with pytest.raises(errors.OrderNotOpen):
        paper_orders.cancel(account.pk, symbol, pk=order.pk)


def test_other_accounts_order_cannot_be_cancelled(account: Account) -> None:
    order = paper_orders.place(account.pk, buy("0.01", "90000"))
    stranger = User.objects.create_user("stranger").account
    with pytest.raises(errors.OrderNotOpen):
        paper_orders.cancel(stranger.pk, "PERP_BTC_USDC", pk=order.pk)


def test_sides_have_a_sign() -> None:
    assert (Side.BUY.sign, Side.SELL.sign) == (1, -1)
