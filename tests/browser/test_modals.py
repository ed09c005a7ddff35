"""The modals by mouse and by keyboard: focus, closing, and failures."""

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from playwright.sync_api import Browser, Page, expect

from apikeys.models import ApiKey
from tests.browser.signed_in_page import dialog, open_modal, visit
from tests.support.browser_client import KEYS, PASSWORD
from tests.support.factories import make_key, make_trader
from tests.support.servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.server]


@pytest.fixture
def user(server: Server) -> User:
    return make_trader()


def fill_create(page: Page, name: str = "grid bot") -> None:
    modal = open_modal(page, "Create API key")
    modal.get_by_label("Name").fill(name)
    modal.get_by_label("Any address").check()


def create(page: Page, name: str = "grid bot") -> None:
    fill_create(page, name)
    dialog(page).get_by_role("button", name="Create API key").click()
    expect(dialog(page).get_by_role("heading", name="API key created")).to_be_visible()


def secret_of(page: Page) -> str:
    return page.locator("#fact-secret").text_content() or ""


def test_key_is_created_saved_and_deleted_by_keyboard(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user) as page:
        page.get_by_role("link", name="Create API key").focus()
        page.keyboard.press("Enter")
        expect(dialog(page).get_by_label("Name")).to_be_focused()
        page.keyboard.type("grid bot")
        while not dialog(page).get_by_label("Only these").evaluate("element => element === document.activeElement"):
            page.keyboard.press("Tab")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        expect(dialog(page).get_by_role("heading", name="API key created")).to_be_visible()
        while (
            not dialog(page)
            .get_by_label("I’ve saved my secret key")
            .evaluate("element => element === document.activeElement")
        ):
            page.keyboard.press("Tab")
        page.keyboard.press("Space")
        page.keyboard.press("Enter")
        expect(dialog(page)).to_be_hidden()
        page.get_by_role("row", name="grid bot").get_by_role("link", name="Delete").focus()
        page.keyboard.press("Enter")
        expect(dialog(page).get_by_role("heading", name="Delete API key")).to_be_visible()
        dialog(page).get_by_role("button", name="Delete key").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_text("No API keys yet")).to_be_visible()


@pytest.mark.parametrize("way", ["Escape", "Cancel", "Close"])
def test_focus_returns_to_what_opened_the_dialog(browser: Browser, server: Server, user: User, way: str) -> None:
    make_key(user.account, name="grid bot")
    with visit(browser, server, user) as page:
        modal = open_modal(page, "Edit")
        page.keyboard.press("Escape") if way == "Escape" else modal.get_by_role("link", name=way).click()
        expect(modal).to_be_hidden()
        expect(page.get_by_role("link", name="Edit grid bot")).to_be_focused()


def test_focus_is_on_the_changed_row_after_a_change(browser: Browser, server: Server, user: User) -> None:
    make_key(user.account, name="grid bot")
    with visit(browser, server, user) as page:
        open_modal(page, "Pause").get_by_role("button", name="Pause key").click()
        expect(page.get_by_role("row", name="grid bot")).to_contain_text("Paused")
        expect(page.get_by_label("More for grid bot")).to_be_focused()


def test_focus_goes_to_the_first_invalid_field(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user) as page:
        modal = open_modal(page, "Create API key")
        modal.get_by_label("Name").fill("grid bot")
        modal.get_by_label("Addresses").fill("nowhere")
        modal.get_by_role("button", name="Create API key").click()
        expect(modal.locator(".errorlist").first).to_contain_text("“nowhere” isn’t an IP address")
        expect(modal.get_by_label("Addresses")).to_be_focused()


def test_invalid_addresses_are_named_when_the_field_loses_focus(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user) as page:
        modal = open_modal(page, "Create API key")
        modal.get_by_label("Addresses").fill("203.0.113.7, nowhere")
        modal.get_by_label("Name").focus()
        expect(modal.locator("#networks-check")).to_contain_text("“nowhere” isn’t an IP address")
        modal.get_by_label("Addresses").fill("203.0.113.7 2001:DB8::/32")
        modal.get_by_label("Name").focus()
        expect(modal.locator("#networks-check")).to_have_text("Stored as: 203.0.113.7, 2001:db8::/32")


def test_own_address_is_added_with_a_click(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user) as page:
        modal = open_modal(page, "Create API key")
        modal.get_by_label("Addresses").fill("203.0.113.7")
        modal.get_by_role("button", name="Your IP: 127.0.0.1").click()
        expect(modal.get_by_label("Addresses")).to_have_value("203.0.113.7, 127.0.0.1")


def test_only_done_closes_the_reveal(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user) as page:
        create(page)
        for _ in range(3):
            page.keyboard.press("Escape")
        page.mouse.click(5, 400)
        secret = secret_of(page)
        dialog(page).get_by_role("button", name="Done").click()
        expect(dialog(page).get_by_role("heading", name="API key created")).to_be_visible()
        dialog(page).get_by_label("I’ve saved my secret key").check()
        dialog(page).get_by_role("button", name="Done").click()
        assert secret not in page.content()
        expect(dialog(page)).to_be_hidden()
        expect(page.locator("#fact-secret")).to_have_count(0)


def test_leaving_the_page_with_an_unsaved_secret_warns(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user) as page:
        create(page)
        warned: list[str] = []
        page.on("dialog", lambda warning: (warned.append(warning.type), warning.accept()))
        page.goto("/guide")
        assert warned == ["beforeunload"]


def test_going_back_after_the_reveal_shows_no_secret(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user) as page:
        create(page)
        secret = secret_of(page)
        page.on("dialog", lambda warning: warning.accept())
        page.goto("/guide")
        page.go_back()
        assert secret not in page.content()


def test_secret_is_masked_until_it_is_shown(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user) as page:
        create(page)
        masked = "element => getComputedStyle(element).webkitTextSecurity"
        assert {span.evaluate(masked) for span in page.locator(".secret").all()} == {"disc"}
        dialog(page).get_by_text("Show", exact=True).click()
        assert {span.evaluate(masked) for span in page.locator(".secret").all()} == {"none"}


def test_new_key_can_be_copied_and_downloaded(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user, permissions=["clipboard-read", "clipboard-write"]) as page:
        create(page)
        secret = secret_of(page)
        dialog(page).get_by_role("button", name="Copy secret key").click()
        expect(page.get_by_text("Secret key copied")).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()") == secret
        dialog(page).get_by_text("Details").click()
        dialog(page).get_by_role("button", name="Copy API info").click()
        expect(page.get_by_text("API info copied")).to_be_visible()
        assert f"Secret key: {secret}\n" in page.evaluate("navigator.clipboard.readText()")
        with page.expect_download() as download:
            dialog(page).get_by_role("button", name=".env").click()
        assert f"PERPTOOLS_SECRET_KEY={secret}\n" in download.value.path().read_text()
        with page.expect_download() as download:
            dialog(page).get_by_role("button", name="JSON").click()
        assert f'"secret": "{secret}"' in download.value.path().read_text()


def test_whole_key_is_copied_from_its_short_form(browser: Browser, server: Server, user: User) -> None:
    key = make_key(user.account, name="grid bot").key
    with visit(browser, server, user, permissions=["clipboard-read", "clipboard-write"]) as page:
        page.get_by_role("button", name="Copy API key grid bot").click()
        expect(page.get_by_text("API key copied")).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()") == key.public_id


def test_double_click_creates_one_key(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user) as page:
        fill_create(page)
        dialog(page).get_by_role("button", name="Create API key").dblclick()
        expect(dialog(page).get_by_role("heading", name="API key created")).to_be_visible()
        assert ApiKey.objects.count() == 1


def test_lost_session_leads_to_sign_in_and_back(browser: Browser, server: Server, user: User) -> None:
    user.set_password(PASSWORD)
    user.save()
    with visit(browser, server, user) as page:
        Session.objects.all().delete()
        page.get_by_role("link", name="Create API key").click()
        page.wait_for_url("**/account/login/**")
        page.get_by_label("Email").fill(user.email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("main").get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"**{KEYS}new/")


def test_failure_is_explained_and_the_button_works_again(browser: Browser, server: Server, user: User) -> None:
    make_key(user.account, name="grid bot")
    with visit(browser, server, user) as page:
        modal = open_modal(page, "Delete")
        page.route("**/delete/", lambda route: route.fulfill(status=500, body="broken"))
        modal.get_by_role("button", name="Delete key").click()
        expect(page.get_by_text("Something went wrong on our end.")).to_be_visible()
        expect(modal.get_by_role("button", name="Delete key")).to_be_enabled()


def test_unreachable_server_is_announced(browser: Browser, server: Server, user: User) -> None:
    make_key(user.account, name="grid bot")
    with visit(browser, server, user) as page:
        modal = open_modal(page, "Pause")
        page.route("**/pause/", lambda route: route.abort())
        modal.get_by_role("button", name="Pause key").click()
        expect(page.get_by_text("Couldn’t reach the server.")).to_be_visible()
        expect(modal.get_by_role("button", name="Pause key")).to_be_enabled()


def test_widening_long_after_sign_in_asks_for_the_password_in_place(
    browser: Browser, server: Server, user: User
) -> None:
    user.set_password(PASSWORD)
    user.save()
    key = make_key(user.account, name="grid bot").key
    with visit(browser, server, user, recently=False) as page:
        modal = open_modal(page, "Edit")
        modal.get_by_role("checkbox", name="Trading").check()
        modal.get_by_role("button", name="Save changes").click()
        expect(modal.get_by_label("Confirm your password")).to_be_focused()
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_role("row", name="grid bot")).to_contain_text("Read, Trading")
    key.refresh_from_db()
    assert key.can_trade
