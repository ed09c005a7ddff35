"""Every act on a key by keyboard alone, at every size. The focus returns to where it came from."""

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.accessibility import SIZES, every_size
from tests.browser.signed_in_page import dialog, visit
from tests.support.factories import make_key, make_trader
from tests.support.servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.server]

MOST_STOPS = 60
FOCUSED = "element => element === document.activeElement"


@pytest.fixture
def user(server: Server) -> User:
    return make_trader()


def go_to(page: Page, place: Locator) -> None:
    """Press Tab until a place has the focus."""
    for _ in range(MOST_STOPS):
        if place.count() and place.first.evaluate(FOCUSED):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"Tab doesn't reach {place}")


def choose(page: Page, verb: str) -> None:
    """Open a modal from the row, or from its menu."""
    row = page.get_by_role("row", name="grid bot")
    button = row.locator(f"[id^={verb.lower()}-]")
    if not button.is_visible():
        go_to(page, page.get_by_label("More for grid bot"))
        page.keyboard.press("Enter")
        button = row.locator(".menu").get_by_role("link", name=verb)
    go_to(page, button)
    page.keyboard.press("Enter")
    expect(dialog(page).get_by_role("heading", name=f"{verb} API key")).to_be_visible()


def confirm(page: Page, button: str) -> None:
    go_to(page, dialog(page).get_by_role("button", name=button))
    page.keyboard.press("Enter")


def save_secret(page: Page) -> None:
    go_to(page, dialog(page).get_by_label("I’ve saved my secret key"))
    page.keyboard.press("Space")
    confirm(page, "Done")
    expect(dialog(page)).to_be_hidden()


@every_size
def test_key_is_created_changed_and_deleted(browser: Browser, server: Server, user: User, size: str) -> None:
    with visit(browser, server, user, viewport=SIZES[size]) as page:
        page.keyboard.press("c")
        expect(dialog(page).get_by_label("Name")).to_be_focused()
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("ArrowLeft")  # from ccxt to the trading bot
        expect(dialog(page).get_by_role("radio", name="Trading bot")).to_be_checked()
        go_to(page, dialog(page).get_by_label("Name"))
        page.keyboard.type("grid bot")
        go_to(page, dialog(page).get_by_role("button", name="Your IP"))
        page.keyboard.press("Enter")
        confirm(page, "Create API key")
        expect(dialog(page).get_by_role("heading", name="API key created")).to_be_visible()
        save_secret(page)
        choose(page, "Edit")
        page.keyboard.press("End")
        page.keyboard.type(" 2")
        page.keyboard.press("Enter")
        expect(page.get_by_role("row", name="grid bot 2").locator(":focus")).to_have_count(1)
    key = user.account.keys.get()
    assert (key.name, key.can_trade, key.networks) == ("grid bot 2", True, "127.0.0.1")


@every_size
def test_key_is_paused_resumed_regenerated_and_deleted(browser: Browser, server: Server, user: User, size: str) -> None:
    make_key(user.account, name="grid bot")
    with visit(browser, server, user, viewport=SIZES[size]) as page:
        choose(page, "Pause")
        confirm(page, "Pause key")
        expect(page.get_by_role("row", name="grid bot")).to_contain_text("Paused")
        expect(page.get_by_label("More for grid bot")).to_be_focused()
        choose(page, "Resume")
        confirm(page, "Resume key")
        expect(page.get_by_role("row", name="grid bot")).to_contain_text("Active")
        choose(page, "Regenerate")
        confirm(page, "Regenerate key")
        expect(dialog(page).get_by_role("heading", name="API key regenerated")).to_be_visible()
        save_secret(page)
        choose(page, "Delete")
        confirm(page, "Delete key")
        expect(page.get_by_text("No API keys yet")).to_be_visible()
        expect(page.locator(":focus")).to_have_count(1)


@every_size
@pytest.mark.parametrize("verb", ["Edit", "Delete", "Regenerate", "Pause"])
def test_escape_returns_the_focus(browser: Browser, server: Server, user: User, size: str, verb: str) -> None:
    make_key(user.account, name="grid bot")
    with visit(browser, server, user, viewport=SIZES[size]) as page:
        choose(page, verb)
        page.keyboard.press("Escape")
        expect(dialog(page)).to_be_hidden()
        expect(page.locator("#key-table :focus")).to_have_count(1)
