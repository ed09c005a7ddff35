"""The Positions page, and closing a position by hand."""

from decimal import Decimal

import pytest

from apikeys.models import Account
from perptools.trading.market_data import mark_prices
from perptools.trading.models import Market, MarketStatus, Order, Position
from perptools.trading.paper import orders as paper_orders
from tests.perptools.trading.order_requests import buy
from tests.support.browser_client import TraderBrowser, text
from tests.support.factories import make_trader

pytestmark = pytest.mark.django_db

BTC = "PERP_BTC_USDC"
HOME = "/portfolio/"
CLOSE = f"{HOME}positions/{BTC}/close/"


def quantity(account: Account) -> Decimal:
    return Position.objects.get(account=account).quantity


def test_position_shows_its_gain_with_a_sign(trader: TraderBrowser, long: Position) -> None:
    assert f"+{long.unsettled_pnl:.2f} +1.0" in text(trader.get(f"{HOME}positions/"))


def test_page_without_positions_explains_what_one_is(trader: TraderBrowser) -> None:
    assert "No open positions" in text(trader.get(f"{HOME}positions/"))


def test_closing_first_says_what_it_will_do(trader: TraderBrowser, long: Position) -> None:
    assert "long position of 0.05000 BTC-PERP" in text(trader.htmx_get(CLOSE))


def test_position_is_closed_by_hand(trader: TraderBrowser, long: Position) -> None:
    answer = trader.htmx_post(CLOSE, {"side": "SELL"})
    assert (quantity(long.account), "Position closed at" in text(answer)) == (0, True)


def test_order_by_hand_says_so(trader: TraderBrowser, long: Position) -> None:
    trader.post(CLOSE, {"side": "SELL"})
    assert Order.objects.values_list("tag", "reduce_only").latest("pk") == ("BY_HAND", True)


def test_closing_twice_does_not_open_the_other_side(trader: TraderBrowser, long: Position) -> None:
    answers = [trader.htmx_post(CLOSE, {"side": "SELL"}) for _ in range(2)]
    assert (quantity(long.account), "This position is closed" in text(answers[1])) == (0, True)


def test_thin_book_closes_what_it_can_and_says_so(trader: TraderBrowser, long: Position) -> None:
    Market.objects.filter(symbol=BTC).update(level_value=1, level_step=Decimal("0.01"))
    assert "of 0.05000. There was no more liquidity" in text(trader.htmx_post(CLOSE, {"side": "SELL"}))


@pytest.mark.parametrize("sent", [{"side": "BUY"}, {"side": "x"}, {}])
def test_reversed_position_is_shown_again(trader: TraderBrowser, long: Position, sent: dict[str, str]) -> None:
    answer = trader.htmx_post(CLOSE, sent)
    assert (quantity(long.account), "Close your" in text(answer)) == (long.quantity, True)


def test_halted_market_keeps_its_positions_and_says_why(trader: TraderBrowser, long: Position) -> None:
    mark_prices.set_status(BTC, MarketStatus.HALTED)
    answer = trader.htmx_post(CLOSE, {"side": "SELL"})
    assert (quantity(long.account), "This market is halted" in text(answer)) == (long.quantity, True)


@pytest.mark.parametrize("symbol", [BTC, "PERP_NOTHING_USDC", "%00"])
def test_position_that_never_existed_is_not_found(trader: TraderBrowser, symbol: str) -> None:
    paper_orders.place(make_trader().account.pk, buy("0.05"))
    before = Order.objects.count()
    assert trader.post(f"{HOME}positions/{symbol}/close/", {"side": "SELL"}).status_code == 404
    assert Order.objects.count() == before
