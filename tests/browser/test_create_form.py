"""The form for creating a key: on one screen, with templates, and a summary in sight."""

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Locator, Page, expect

from apikeys.models import ApiKey
from tests.browser.accessibility import SIZES, every_size, look
from tests.browser.signed_in_page import DESKTOP, box, dialog, open_modal, visit, wait_until_still
from tests.support.factories import make_trader
from tests.support.servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.server]

SCROLLS = "element => element.scrollHeight > element.clientHeight"
FOCUSED = "element => element === document.activeElement"


@pytest.fixture
def user(server: Server) -> User:
    return make_trader()


def template(page: Page, name: str) -> Locator:
    return dialog(page).get_by_role("group", name="What will use this key?").get_by_role("radio", name=name)


@pytest.mark.parametrize("size", ["desktop", "large phone"])
def test_form_fits_on_one_screen(browser: Browser, server: Server, user: User, size: str) -> None:
    with visit(browser, server, user, viewport=SIZES[size]) as page:
        modal = open_modal(page, "Create API key")
        modal.get_by_label("Name").fill("grid-bot-1")
        modal.get_by_role("button", name="Your IP").click()
        expect(modal.get_by_text("grid-bot-1 can read from 127.0.0.1 until")).to_be_visible()
        wait_until_still(page)
        assert not modal.locator(".modal-body").evaluate(SCROLLS)
        assert box(modal)["bottom"] <= SIZES[size]["height"]
        assert look(page) == []


def test_at_most_seven_controls_come_before_advanced(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user) as page:
        modal = open_modal(page, "Create API key")
        modal.get_by_label("Expires after").select_option("date")
        template(page, "ccxt").focus()
        stops = 1
        while not modal.locator("summary").evaluate(FOCUSED):
            page.keyboard.press("Tab")
            stops += page.evaluate("document.activeElement.type !== 'date'")  # its parts are stops of their own
        assert stops <= 7 + 1  # and Advanced itself


@pytest.mark.parametrize(
    ("name", "kind", "purpose", "trades"),
    [
        ("Dashboard", "Bearer token", "Monitoring", False),
        ("Trading bot", "Signing key", "Trading", True),
        ("ccxt", "Signing key", "Monitoring", False),
        ("curl", "Bearer token", "Monitoring", False),
    ],
)
def test_template_sets_kind_purpose_and_permissions(
    browser: Browser, server: Server, user: User, name: str, kind: str, purpose: str, trades: bool
) -> None:
    with visit(browser, server, user) as page:
        modal = open_modal(page, "Create API key")
        modal.get_by_text("Advanced").click()
        modal.get_by_role("radio", name="My own public key").check()
        modal.get_by_role("group", name="Permissions").get_by_role("checkbox", name="Read").uncheck()
        template(page, name).check()
        for group, wanted in (("Kind", kind), ("Purpose", purpose)):
            expect(modal.get_by_role("group", name=group).get_by_role("radio", name=wanted)).to_be_checked()
        permissions = modal.get_by_role("group", name="Permissions")
        expect(permissions.get_by_role("checkbox", name="Read")).to_be_checked()
        expect(permissions.get_by_role("checkbox", name="Trading")).to_be_checked(checked=trades)


def test_template_is_applied_to_the_key(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user) as page:
        modal = open_modal(page, "Create API key")
        template(page, "Trading bot").check()
        modal.get_by_label("Name").fill("grid bot")
        modal.get_by_role("button", name="Your IP").click()
        modal.get_by_role("button", name="Create API key").click()
        expect(modal.get_by_role("heading", name="API key created")).to_be_visible()
    key = ApiKey.objects.get()
    assert (key.purpose, key.kind, key.can_read, key.can_trade, key.networks) == (
        "trading",
        "signing",
        True,
        True,
        "127.0.0.1",
    )


def test_no_template_is_chosen_if_none_describes_the_settings(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user) as page:
        modal = open_modal(page, "Create API key")
        modal.get_by_text("Advanced").click()
        modal.get_by_role("group", name="Permissions").get_by_role("checkbox", name="Trading").check()
        expect(template(page, "ccxt")).not_to_be_checked()
        modal.get_by_role("button", name="Create API key").click()
        expect(modal.get_by_text("Give the key a name.")).to_be_visible()
        expect(modal.locator("[name=template]:checked")).to_have_count(0)
        expect(modal.get_by_role("group", name="Permissions")).to_be_visible()  # Advanced stays open


@every_size
def test_summary_is_in_sight_and_follows_the_form(browser: Browser, server: Server, user: User, size: str) -> None:
    said: list[str] = []
    with visit(browser, server, user, viewport=SIZES[size]) as page:
        page.on("console", lambda message: said.append(message.text))
        modal = open_modal(page, "Create API key")
        summary = modal.get_by_role("complementary", name="Summary")
        expect(summary).to_contain_text("Add IP addresses to see what this key will be able to do.")
        modal.get_by_label("Any address").check()
        expect(summary).to_contain_text("This key can read from any IP address until")
        modal.get_by_label("Name").type("grid")
        expect(summary).to_contain_text("grid can read")  # while the field has the focus
        template(page, "Trading bot").check()
        expect(summary).to_contain_text("grid can read and trade from any IP address")
        expect(summary).to_contain_text("Anyone with the secret can trade on your account from anywhere.")
        beside = box(summary)["x"] >= box(modal.locator(".modal-body"))["right"] - 1
        above = box(summary)["bottom"] <= box(modal.locator(".modal-foot"))["y"] + 1
        assert above
        assert beside is (SIZES[size]["width"] >= 800)
        assert box(modal)["bottom"] <= SIZES[size]["height"]
    assert said == []


def test_own_public_key_is_pasted_under_advanced(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user, viewport=DESKTOP) as page:
        modal = open_modal(page, "Create API key")
        modal.get_by_text("Advanced").click()
        modal.get_by_role("radio", name="My own public key").check()
        modal.get_by_label("Name").fill("grid bot")
        modal.get_by_label("Any address").check()
        modal.locator("summary").click()  # closed again, with an error inside
        modal.get_by_role("button", name="Create API key").click()
        expect(modal.locator("#id_public_key")).to_be_focused()
        expect(modal.get_by_role("link", name="1 thing to fix")).to_be_visible()
