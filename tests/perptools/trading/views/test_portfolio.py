"""The Portfolio around the API Keys page: what a trader sees of the ledger, and what they may do to it by hand."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apikeys.models import Account
from perptools.trading import formatting, statistics
from perptools.trading.market_data import mark_prices
from perptools.trading.market_data.mark_prices import Quote
from perptools.trading.models import FINAL, Balance, Fill, Market, MarketStatus, Order, OrderStatus, Position
from perptools.trading.paper import orders as paper_orders
from perptools.trading.paper import portfolio
from perptools.trading.views import pagination
from perptools.trading.views.order_filter import OrderFilter
from perptools.trading.views.pnl_chart import PnlChart
from tests.perptools.trading.tickets import buy, sell
from tests.support.browser_client import TraderBrowser, text
from tests.support.factories import TRADING, make_key, make_trader

BTC = "PERP_BTC_USDC"
HOME = "/portfolio/"
PAGES = {
    HOME: "overview",
    f"{HOME}positions/": "position-table",
    f"{HOME}orders/": "order-table",
    f"{HOME}assets/": "assets",
    f"{HOME}fee-tier/": "fee-tier",
}
DEEDS = [f"{HOME}positions/{BTC}/close/", f"{HOME}orders/cancel/", f"{HOME}assets/reset/"]
CLOSE = DEEDS[0]

pytestmark = pytest.mark.django_db


@pytest.fixture
def trader(account: Account) -> TraderBrowser:
    return TraderBrowser(account.user)


@pytest.fixture
def long(account: Account) -> Position:
    """A position of 0.05 BTC that has gained."""
    paper_orders.place(account.pk, buy("0.05"))
    mark_prices.move([Quote(BTC, Decimal(96_000))])
    return Position.objects.get(account=account)


def quantity(account: Account) -> Decimal:
    return Position.objects.get(account=account).quantity


# -- Who sees what -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES)
def test_a_stranger_is_offered_to_sign_in(path: str) -> None:
    assert f"/account/login/?next={path}" in TraderBrowser().get(path).content.decode()


@pytest.mark.parametrize(("path", "part"), PAGES.items())
def test_a_poll_whose_session_has_ended_leads_to_sign_in(path: str, part: str) -> None:
    assert TraderBrowser().htmx_get(path, target=part)["HX-Redirect"] == f"/account/login/?next={path}"


@pytest.mark.parametrize("path", DEEDS)
def test_a_stranger_does_nothing(path: str) -> None:
    assert TraderBrowser().post(path).url == f"/account/login/?next={path}"


@pytest.mark.parametrize(("path", "part"), PAGES.items())
def test_a_poll_gets_its_part_of_the_page_alone(trader: TraderBrowser, path: str, part: str) -> None:
    content = trader.htmx_get(path, target=part, page=path).content.decode().strip()
    assert (content.startswith("<"), f'id="{part}"' in content, "<html" in content) == (True, True, False)


@pytest.mark.parametrize(("path", "part"), PAGES.items())
def test_a_poll_asks_few_questions(trader: TraderBrowser, long: Position, path: str, part: str) -> None:
    trader.get(path)  # the first page of a minute notes the session's use
    with CaptureQueriesContext(connection) as asked:
        trader.htmx_get(path, target=part, page=path)
    assert len(asked) <= 9


@pytest.mark.parametrize("path", PAGES)
def test_no_cache_keeps_a_page(trader: TraderBrowser, path: str) -> None:
    assert "no-store" in trader.get(path)["Cache-Control"]


@pytest.mark.parametrize("path", PAGES)
def test_the_side_bar_says_which_page_this_is(trader: TraderBrowser, path: str) -> None:
    assert f'<a href="{path}" aria-current="page">' in trader.get(path).content.decode()


# -- Overview ----------------------------------------------------------------------------------------------------------


def test_the_overview_adds_up_the_account(trader: TraderBrowser, long: Position) -> None:
    margin = portfolio.Portfolio.read(long.account_id).margin()
    assert f"Equity {margin.collateral:,.2f} USDC" in text(trader.get(HOME))


def test_todays_activity_is_what_was_done_since_midnight(account: Account) -> None:
    with time_machine.travel(datetime(2026, 3, 1, 23, tzinfo=UTC), tick=False):
        paper_orders.place(account.pk, buy("0.01"))
    with time_machine.travel(datetime(2026, 3, 2, 1, tzinfo=UTC), tick=False):
        paper_orders.place(account.pk, sell("0.01"))
        found = statistics.today(account.pk)
    assert (found.orders, found.fills, found.realized_pnl < 0) == (1, 1, True)


def test_midnight_is_the_traders(account: Account) -> None:
    with timezone.override("Asia/Tokyo"), time_machine.travel(datetime(2026, 3, 1, 16, tzinfo=UTC), tick=False):
        assert statistics.midnight() == datetime(2026, 3, 1, 15, tzinfo=UTC)


def test_each_days_pnl_is_what_it_realised_less_its_fees(account: Account) -> None:
    yesterday = timezone.now() - timedelta(days=1)
    with time_machine.travel(yesterday, tick=False):
        paper_orders.place(account.pk, buy("0.01"))
        paper_orders.place(account.pk, sell("0.01"))
    by_day = statistics.pnl_by_day(account.pk)
    assert by_day.pop(timezone.localdate(yesterday)) == Balance.objects.get().holding - settings.PAPER_FUNDS
    assert set(by_day.values()) == {0}


def test_the_largest_bar_fills_its_half_of_the_chart() -> None:
    day = timezone.localdate()
    up, down = PnlChart.of({day - timedelta(days=1): Decimal(50), day: Decimal(-100)}).bars
    assert (up.y, up.height, down.y, down.height) == (30, 30, 60, 60)


# -- Positions ---------------------------------------------------------------------------------------------------------


def test_a_position_shows_its_gain_with_a_sign(trader: TraderBrowser, long: Position) -> None:
    assert f"+{long.unsettled_pnl:.2f} +1.0" in text(trader.get(f"{HOME}positions/"))


def test_no_position_explains_what_one_is(trader: TraderBrowser) -> None:
    assert "No open positions" in text(trader.get(f"{HOME}positions/"))


def test_closing_says_first_what_it_will_do(trader: TraderBrowser, long: Position) -> None:
    assert "long position of 0.05000 BTC-PERP" in text(trader.htmx_get(CLOSE))


def test_a_position_is_closed_by_hand(trader: TraderBrowser, long: Position) -> None:
    answer = trader.htmx_post(CLOSE, {"side": "SELL"})
    assert (quantity(long.account), "Position closed at" in text(answer)) == (0, True)


def test_an_order_by_hand_says_so(trader: TraderBrowser, long: Position) -> None:
    trader.post(CLOSE, {"side": "SELL"})
    assert Order.objects.values_list("tag", "reduce_only").latest("pk") == ("BY_HAND", True)


def test_closing_twice_does_not_open_the_other_side(trader: TraderBrowser, long: Position) -> None:
    answers = [trader.htmx_post(CLOSE, {"side": "SELL"}) for _ in range(2)]
    assert (quantity(long.account), "This position is closed" in text(answers[1])) == (0, True)


def test_a_thin_book_closes_what_it_can_and_says_so(trader: TraderBrowser, long: Position) -> None:
    Market.objects.filter(symbol=BTC).update(level_value=1, level_step=Decimal("0.01"))
    assert "of 0.05000: the book held no more" in text(trader.htmx_post(CLOSE, {"side": "SELL"}))


@pytest.mark.parametrize("sent", [{"side": "BUY"}, {"side": "x"}, {}])
def test_a_position_that_turned_round_meanwhile_is_shown_again(
    trader: TraderBrowser, long: Position, sent: dict[str, str]
) -> None:
    answer = trader.htmx_post(CLOSE, sent)
    assert (quantity(long.account), "Close your" in text(answer)) == (long.quantity, True)


def test_a_halted_market_keeps_its_positions_and_says_why(trader: TraderBrowser, long: Position) -> None:
    mark_prices.set_status(BTC, MarketStatus.HALTED)
    answer = trader.htmx_post(CLOSE, {"side": "SELL"})
    assert (quantity(long.account), "This market is halted" in text(answer)) == (long.quantity, True)


@pytest.mark.parametrize("symbol", [BTC, "PERP_NOTHING_USDC", "%00"])
def test_what_an_account_never_held_is_not_there(trader: TraderBrowser, symbol: str) -> None:
    paper_orders.place(make_trader().account.pk, buy("0.05"))
    assert trader.post(f"{HOME}positions/{symbol}/close/", {"side": "SELL"}).status_code == 404


# -- Orders ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def resting(account: Account) -> Order:
    return paper_orders.place(account.pk, buy("0.01", "90000", tag="grid"))


def test_an_open_order_is_listed_with_who_placed_it(trader: TraderBrowser, resting: Order) -> None:
    assert "90,000.0 0.01000 0.00000 New grid" in text(trader.get(f"{HOME}orders/"))


@pytest.mark.parametrize("path", ["order", "batch-order"])
def test_an_order_is_listed_with_the_key_that_placed_it(trader: TraderBrowser, account: Account, path: str) -> None:
    order = {"symbol": BTC, "side": "BUY", "order_type": "LIMIT", "order_price": "90000", "order_quantity": "0.01"}
    bot = make_key(account, name="grid bot", permissions=TRADING).client()
    assert bot.post(f"/v1/{path}", order if path == "order" else {"orders": [order]}).status_code == 200
    assert "New grid bot Order" in text(trader.get(f"{HOME}orders/"))


def test_an_order_is_cancelled_by_hand(trader: TraderBrowser, resting: Order) -> None:
    trader.post(f"{HOME}orders/{resting.pk}/cancel/")
    resting.refresh_from_db()
    assert resting.status == OrderStatus.CANCELLED


def test_an_order_that_is_done_is_not_cancelled_again(trader: TraderBrowser, resting: Order) -> None:
    answers = [trader.htmx_post(f"{HOME}orders/{resting.pk}/cancel/") for _ in range(2)]
    assert "no longer open" in text(answers[1])


def test_somebody_elses_order_looks_like_none(resting: Order) -> None:
    other = TraderBrowser(make_trader())
    codes = [other.post(f"{HOME}orders/{number}/cancel/").status_code for number in (resting.pk, 0, "9" * 30)]
    assert (codes, Order.objects.open().count()) == ([404] * 3, 1)


def test_all_orders_are_cancelled_at_once(trader: TraderBrowser, resting: Order) -> None:
    trader.htmx_post(f"{HOME}orders/cancel/")
    assert not Order.objects.open().exists()


def test_a_deed_closes_the_dialog_and_has_the_page_look_again(trader: TraderBrowser, resting: Order) -> None:
    events: str = trader.htmx_post(f"{HOME}orders/cancel/")["HX-Trigger"]
    assert ("dialog-done" in events, "ledger-changed" in events) == (True, True)


def test_a_deed_without_scripts_leads_back_to_its_page(trader: TraderBrowser, resting: Order) -> None:
    assert trader.post(f"{HOME}orders/cancel/").url == f"{HOME}orders/"


def test_trades_name_their_order(trader: TraderBrowser, long: Position) -> None:
    order = Fill.objects.get().order_id
    assert f"Taker 0.00 {order}" in text(trader.get(f"{HOME}orders/?list=trades"))


@pytest.mark.parametrize(
    "query",
    ["list=x", "symbol=x", "side=x", "status=x", "before=x", "before=" + "9" * 40, "before=0", "list=%00&before=²"],
)
def test_what_makes_no_sense_in_an_address_is_passed_over(trader: TraderBrowser, resting: Order, query: str) -> None:
    assert "1 open order" in text(trader.get(f"{HOME}orders/?{query}"))


def test_the_filters_are_kept_in_the_links() -> None:
    asked = OrderFilter.read(QueryDict(f"list=history&symbol={BTC}&side=BUY&status=FILLED"), [BTC])
    assert asked.url(7) == f"{HOME}orders/?list=history&symbol={BTC}&side=BUY&status=FILLED&before=7"


@pytest.fixture
def many(account: Account) -> Account:
    closed = {"status": OrderStatus.CANCELLED, "closed_at": "2026-01-01T00:00Z", "type": "LIMIT", "price": 1}
    old = [Order(account=account, market_id=1, side="BUY", quantity=1, **closed) for _ in range(60)]
    Order.objects.bulk_create(old)
    return account


def past(account: Account, before: str) -> pagination.Stretch[Any]:
    return pagination.read(Order.objects.owned_by(account.pk).filter(status__in=FINAL), account.pk, before)


def walked(account: Account) -> Iterator[pagination.Stretch[Any]]:
    before = ""
    while before is not None:
        found = past(account, before)
        yield found
        before = found.last and str(found.last)


def test_a_long_list_is_walked_without_a_gap_or_a_repetition(many: Account) -> None:
    numbers = [order.pk for found in walked(many) for order in found.rows]
    assert numbers == sorted(Order.objects.values_list("pk", flat=True), reverse=True)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL reads small tables without an index")
def test_a_later_stretch_is_found_by_the_index(many: Account) -> None:
    with CaptureQueriesContext(connection) as asked:
        pagination.read(
            Order.objects.owned_by(many.pk).filter(status__in=FINAL), many.pk, str(Order.objects.latest("pk").pk)
        )
    plan = connection.cursor().execute(f"EXPLAIN QUERY PLAN {asked[-1]['sql']}").fetchall()
    assert "orders_of_an_account (account_id=? AND created_at<?)" in str(plan)


# -- Assets and fees ---------------------------------------------------------------------------------------------------


def test_reset_says_first_what_it_will_do(trader: TraderBrowser, long: Position, resting: Order) -> None:
    said = text(trader.htmx_get(f"{HOME}assets/reset/"))
    assert ("1 open order is cancelled" in said, "1 position is closed" in said) == (True, True)


def test_paper_funds_are_reset(trader: TraderBrowser, long: Position, resting: Order) -> None:
    trader.htmx_post(f"{HOME}assets/reset/")
    holding = Balance.objects.get(account=long.account).holding
    assert (holding, quantity(long.account), Order.objects.open().count()) == (settings.PAPER_FUNDS, 0, 0)


def test_looking_at_reset_changes_nothing(trader: TraderBrowser, long: Position) -> None:
    trader.get(f"{HOME}assets/reset/")
    assert quantity(long.account) == long.quantity


def test_deposits_are_listed(trader: TraderBrowser) -> None:
    assert "Paper funds" in text(trader.get(f"{HOME}assets/"))


def test_funding_is_listed_with_its_sign(trader: TraderBrowser, long: Position) -> None:
    with time_machine.travel(timezone.now() + timedelta(hours=9), tick=False):
        mark_prices.move([Quote(BTC, Decimal(96_000))])
    assert f"BTC-PERP {formatting.MINUS}" in _funding(trader)


def _funding(trader: TraderBrowser) -> str:
    """The rows, without their times and prices."""
    said = text(trader.get(f"{HOME}assets/?list=funding")).partition("Received, USDC")[2].split()
    return f"{said[0]} {said[-1]}"


def test_fees_are_shown_in_percent_and_basis_points(trader: TraderBrowser, long: Position) -> None:
    said = text(trader.get(f"{HOME}fee-tier/"))
    volume = Fill.objects.get().value
    assert ("0.050% 5 basis points" in said, f"{volume:,.2f} USDC" in said) == (True, True)


# -- Numbers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "shown"), [("1234.5", "+1,234.50"), ("-0.004", "0.00"), ("-3.216", "−3.22"), ("0", "0.00")]
)
def test_a_profit_has_a_sign(value: str, shown: str) -> None:
    assert formatting.signed(Decimal(value)) == shown


@pytest.mark.parametrize(("tick", "shown"), [("0.01", "95,000.10"), ("0.5", "95,000.1"), ("10", "95,000")])
def test_a_price_has_its_markets_precision(tick: str, shown: str) -> None:
    assert formatting.price(Decimal("95000.1"), Market(quote_tick=Decimal(tick))) == shown
