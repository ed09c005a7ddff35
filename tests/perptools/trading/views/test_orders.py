"""The Orders page, its filters, and cancelling by hand."""

import pytest
from django.http import QueryDict

from apikeys.models import Account
from perptools.trading.models import Fill, Order, OrderStatus, Position
from perptools.trading.views.order_filter import OrderFilter
from tests.support.browser_client import TraderBrowser, text
from tests.support.factories import TRADING, make_key, make_trader

pytestmark = pytest.mark.django_db

BTC = "PERP_BTC_USDC"
HOME = "/portfolio/"


def test_open_order_is_listed_with_who_placed_it(trader: TraderBrowser, resting: Order) -> None:
    assert "90,000.0 0.01000 0.00000 New grid" in text(trader.get(f"{HOME}orders/"))


@pytest.mark.parametrize("path", ["order", "batch-order"])
def test_order_is_listed_with_the_key_that_placed_it(trader: TraderBrowser, account: Account, path: str) -> None:
    order = {"symbol": BTC, "side": "BUY", "order_type": "LIMIT", "order_price": "90000", "order_quantity": "0.01"}
    bot = make_key(account, name="grid bot", permissions=TRADING).client()
    assert bot.post(f"/v1/{path}", order if path == "order" else {"orders": [order]}).status_code == 200
    assert "New grid bot Order" in text(trader.get(f"{HOME}orders/"))


def test_order_is_cancelled_by_hand(trader: TraderBrowser, resting: Order) -> None:
    trader.post(f"{HOME}orders/{resting.pk}/cancel/")
    resting.refresh_from_db()
    assert resting.status == OrderStatus.CANCELLED


def test_final_order_is_not_cancelled_again(trader: TraderBrowser, resting: Order) -> None:
    answers = [trader.htmx_post(f"{HOME}orders/{resting.pk}/cancel/") for _ in range(2)]
    assert "no longer open" in text(answers[1])


def test_other_traders_order_is_not_found(resting: Order) -> None:
    other = TraderBrowser(make_trader())
    codes = [other.post(f"{HOME}orders/{number}/cancel/").status_code for number in (resting.pk, 0, "9" * 30)]
    assert (codes, Order.objects.open().count()) == ([404] * 3, 1)


def test_all_orders_are_cancelled_at_once(trader: TraderBrowser, resting: Order) -> None:
    trader.htmx_post(f"{HOME}orders/cancel/")
    assert not Order.objects.open().exists()


def test_action_closes_the_dialog_and_updates_the_page(trader: TraderBrowser, resting: Order) -> None:
    events: str = trader.htmx_post(f"{HOME}orders/cancel/")["HX-Trigger"]
    assert ("dialog-done" in events, "ledger-changed" in events) == (True, True)


def test_action_without_javascript_leads_back_to_its_page(trader: TraderBrowser, resting: Order) -> None:
    assert trader.post(f"{HOME}orders/cancel/").url == f"{HOME}orders/"


def test_trades_link_to_their_order(trader: TraderBrowser, long: Position) -> None:
    order = Fill.objects.get().order_id
    assert f"Taker 0.00 {order}" in text(trader.get(f"{HOME}orders/?list=trades"))


@pytest.mark.parametrize(
    "query",
    ["list=x", "symbol=x", "side=x", "status=x", "before=x", "before=" + "9" * 40, "before=0", "list=%00&before=²"],
)
def test_invalid_filter_in_the_url_is_ignored(trader: TraderBrowser, resting: Order, query: str) -> None:
    assert "1 open order" in text(trader.get(f"{HOME}orders/?{query}"))


def test_filters_are_kept_in_links() -> None:
    asked = OrderFilter.read(QueryDict(f"list=history&symbol={BTC}&side=BUY&status=FILLED"), [BTC])
    assert asked.url(7) == f"{HOME}orders/?list=history&symbol={BTC}&side=BUY&status=FILLED&before=7"
