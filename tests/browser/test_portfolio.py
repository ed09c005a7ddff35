"""The Portfolio's pages in a browser: they update themselves without disturbing the trader."""

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Page, expect

from perptools.trading.paper import orders as paper_orders
from tests.browser.accessibility import SIZES, every_size, look
from tests.browser.signed_in_page import dialog, visit
from tests.perptools.trading.order_requests import buy, sell
from tests.support.factories import make_trader
from tests.support.servers import Server

HOME = "/portfolio/"
POSITIONS = f"{HOME}positions/"
LISTS = ["", "positions/", "orders/", "orders/?list=history", "orders/?list=trades", "assets/", "fee-tier/"]

pytestmark = [pytest.mark.browser, pytest.mark.server]


@pytest.fixture
def user(server: Server) -> User:
    """A trader who is long bitcoin, short ether, and has an open order."""
    user = make_trader()
    paper_orders.place(user.account.pk, buy("0.05", tag="grid"))
    paper_orders.place(user.account.pk, sell("0.5", symbol="PERP_ETH_USDC"))
    paper_orders.place(user.account.pk, buy("0.01", "90000", client_order_id="grid-1-buy-90000-abcdef-0123456789"))
    return user


def poll(page: Page) -> None:
    """Make the page poll now, as it does every three seconds."""
    with page.expect_response(lambda response: "hx-target" in response.request.headers):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


@every_size
def test_portfolio_is_accessible(browser: Browser, server: Server, user: User, size: str) -> None:
    with visit(browser, server, user, HOME, viewport=SIZES[size]) as page:
        for path in LISTS:
            page.goto(f"{HOME}{path}")
            assert look(page) == [], path
        page.goto(POSITIONS)
        page.get_by_role("link", name="Close BTC-PERP").click()
        expect(dialog(page)).to_be_visible()
        assert look(page) == []


def test_new_trades_appear_by_themselves(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user, POSITIONS) as page:
        paper_orders.place(user.account.pk, sell("0.5", symbol="PERP_SOL_USDC"))
        expect(page.get_by_role("row", name="SOL-PERP")).to_be_visible()


def test_position_is_closed_by_hand(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user, POSITIONS) as page:
        page.get_by_role("link", name="Close BTC-PERP").click()
        dialog(page).get_by_role("button", name="Close position").click()
        expect(page.get_by_text("Position closed at")).to_be_visible()
        expect(page.get_by_role("row", name="BTC-PERP")).to_have_count(0)
        expect(dialog(page)).to_be_hidden()


def test_order_is_cancelled_by_hand(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user, f"{HOME}orders/") as page:
        page.get_by_role("button", name="Cancel order").click()
        expect(page.get_by_text("Order cancelled")).to_be_visible()
        expect(page.get_by_role("heading", name="No open orders")).to_be_visible()


def test_filter_applies_at_once_and_is_in_the_url(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user, f"{HOME}orders/?list=trades") as page:
        page.get_by_label("Market").focus()
        page.get_by_label("Market").select_option("PERP_ETH_USDC")
        expect(page.get_by_role("row", name="BTC-PERP")).to_have_count(0)
        expect(page).to_have_url(f"{server.url}{HOME}orders/?list=trades&symbol=PERP_ETH_USDC")
        expect(page.get_by_label("Market")).to_be_focused()
        paper_orders.place(user.account.pk, sell("0.3", symbol="PERP_ETH_USDC"))
        poll(page)
        expect(page.get_by_role("row", name="ETH-PERP")).to_have_count(2)
        expect(page.get_by_role("row", name="BTC-PERP")).to_have_count(0)
        page.go_back()
        expect(page.get_by_role("row", name="BTC-PERP")).to_be_visible()


def test_polling_keeps_the_focus(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user, POSITIONS) as page:
        page.get_by_role("link", name="Close BTC-PERP").focus()
        poll(page)
        expect(page.get_by_role("link", name="Close BTC-PERP")).to_be_focused()


def test_polling_keeps_an_open_dialog(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user, POSITIONS) as page:
        page.get_by_role("link", name="Close BTC-PERP").click()
        expect(dialog(page)).to_be_visible()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        assert (asked, dialog(page).is_visible()) == ([], True)


def test_outage_is_announced_once_until_it_ends(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user, POSITIONS) as page:
        page.route("**/positions/", lambda route: route.abort())
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        expect(page.get_by_text("Connection lost.")).to_be_visible()
        expect(page.locator(".toast")).to_have_count(0)
        page.unroute("**/positions/")
        poll(page)
        expect(page.get_by_text("Connection lost.")).to_be_hidden()


def test_expired_session_leads_to_sign_in(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user, POSITIONS) as page:
        page.context.clear_cookies()
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        page.wait_for_url("**/account/login/?next=/portfolio/positions/")
