"""What was entered stays: after the session ended, in a second tab, with Back, and after a double click. Shortcuts."""

import re

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from playwright.sync_api import Browser, Page, expect

from apikeys.models import ApiKey
from tests.browser.accessibility import look
from tests.browser.signed_in_page import dialog, open_modal, visit
from tests.support.browser_client import KEYS, PASSWORD
from tests.support.factories import make_key, make_trader
from tests.support.servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.server]

KEPT = "We kept what you entered."


@pytest.fixture
def user(server: Server) -> User:
    user = make_trader()
    user.set_password(PASSWORD)
    user.save()
    return user


def fill(page: Page) -> None:
    modal = open_modal(page, "Create API key")
    modal.get_by_role("radio", name="Trading bot").check()
    modal.get_by_label("Name").fill("grid bot")
    modal.get_by_label("IP addresses").fill("203.0.113.7")
    modal.get_by_label("Expires after").select_option("30")


def sign_in(page: Page, user: User) -> None:
    page.get_by_label("Email").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()


def is_filled(page: Page) -> None:
    expect(page.get_by_text(KEPT)).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value("grid bot")
    expect(page.get_by_label("IP addresses")).to_have_value("203.0.113.7")
    expect(page.get_by_label("Expires after")).to_have_value("30")
    expect(page.get_by_role("radio", name="Trading bot")).to_be_checked()
    expect(page.get_by_text("grid bot can read and trade from 203.0.113.7")).to_be_visible()


def test_form_is_finished_after_the_session_ended(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user) as page:
        fill(page)
        Session.objects.all().delete()
        dialog(page).get_by_role("button", name="Create API key").click()
        expect(page.get_by_text("Your session ended. Sign in to finish creating your key.")).to_be_visible()
        assert look(page) == []
        sign_in(page, user)
        page.wait_for_url("**/new/")
        is_filled(page)
        page.get_by_role("button", name="Create API key").click()
        expect(page.get_by_role("heading", name="API key created")).to_be_visible()
        assert page.evaluate("sessionStorage.draft") is None
    assert ApiKey.objects.get().can_trade


def test_signed_out_form_leads_to_sign_in(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user) as page:
        fill(page)
        page.context.clear_cookies()  # the CSRF cookie, too
        dialog(page).get_by_role("button", name="Create API key").click()
        expect(dialog(page).get_by_role("alert")).to_contain_text("You’ve been signed out.")
        expect(dialog(page).get_by_role("button", name="Try again")).to_be_hidden()
        dialog(page).get_by_role("link", name="Sign in").click()
        sign_in(page, user)
        is_filled(page)


def test_open_form_stays_while_its_session_ends(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user) as page:
        modal = open_modal(page, "Create API key")
        Session.objects.all().delete()
        modal.get_by_label("Name").fill("grid bot")
        modal.get_by_label("IP addresses").fill("203.0.113.7")
        with page.expect_response(re.compile("/preview/")):
            modal.get_by_label("Name").focus()
        expect(modal.get_by_label("IP addresses")).to_have_value("203.0.113.7")


def test_back_and_forth_keeps_the_form(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user) as page:
        fill(page)
        page.goto("/guide")
        page.go_back()
        open_modal(page, "Create API key")
        is_filled(page)


def test_settings_without_a_template_are_restored_in_sight(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user) as page:
        fill(page)
        dialog(page).get_by_text("Advanced").click()
        dialog(page).get_by_role("group", name="Purpose").get_by_role("radio", name="Monitoring").check()
        page.goto(f"{KEYS}new/")
        expect(page.get_by_text(KEPT)).to_be_visible()
        purpose = page.get_by_role("group", name="Purpose")
        expect(purpose.get_by_role("radio", name="Monitoring")).to_be_checked()
        expect(purpose).to_be_visible()


def test_cancelled_form_is_empty_the_next_time(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user) as page:
        fill(page)
        dialog(page).get_by_role("link", name="Cancel").click()
        modal = open_modal(page, "Create API key")
        expect(modal.get_by_label("Name")).to_have_value("")
        expect(modal.get_by_text(KEPT)).to_be_hidden()


def test_draft_of_another_account_is_not_shown(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user) as page:
        fill(page)
        other = make_trader()
        page.evaluate(f"""document.querySelector("form[data-draft]").dataset.draft = "{other.account.account_id}" """)
        dialog(page).get_by_label("Name").fill("grid bot 2")  # kept for the other account
        page.goto(KEYS)
        expect(open_modal(page, "Create API key").get_by_label("Name")).to_have_value("")


def test_neither_password_nor_pasted_key_is_kept(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user, recently=False) as page:
        modal = open_modal(page, "Create API key")
        modal.get_by_label("Name").fill("grid bot")
        modal.get_by_label("Confirm your password").fill("hunter2-hunter2")
        modal.get_by_text("Advanced").click()
        modal.get_by_role("radio", name="My own public key").check()
        modal.get_by_label("Public key", exact=True).fill("ed25519:secret-by-mistake")
        kept = page.evaluate("JSON.stringify({...sessionStorage})")
        assert "grid bot" in kept
        assert ("hunter2" in kept, "by-mistake" in kept) == (False, False)


# -- Shortcuts -------------------------------------------------------------------------------------------------------


def test_shortcuts_search_create_edit_and_help(browser: Browser, server: Server, user: User) -> None:
    make_key(user.account, name="grid bot")
    with visit(browser, server, user) as page:
        page.keyboard.press("/")
        expect(page.get_by_role("searchbox")).to_be_focused()
        page.keyboard.type("c/e?")
        expect(page.get_by_role("searchbox")).to_have_value("c/e?")
        page.get_by_role("searchbox").fill("")
        page.get_by_label("Select grid bot").focus()
        page.keyboard.press("e")
        expect(dialog(page).get_by_role("heading", name="Edit API key")).to_be_visible()
        page.keyboard.press("Escape")
        page.keyboard.press("c")
        expect(dialog(page).get_by_role("heading", name="Create API key")).to_be_visible()
        page.keyboard.press("Escape")
        page.keyboard.press("?")
        expect(dialog(page).get_by_role("heading", name="Keyboard shortcuts")).to_be_visible()
        assert look(page) == []


def test_shortcuts_are_turned_off(browser: Browser, server: Server, user: User) -> None:
    make_key(user.account, name="grid bot")
    with visit(browser, server, user) as page:
        page.get_by_role("button", name="Keyboard shortcuts").click()
        dialog(page).get_by_label("Use keyboard shortcuts").uncheck()
        page.keyboard.press("Escape")
        expect(page.get_by_role("button", name="Keyboard shortcuts")).to_be_focused()
        page.keyboard.press("c")
        page.reload()
        page.keyboard.press("c")
        expect(dialog(page)).to_be_hidden()


def test_second_skip_link_leads_to_the_keys(browser: Browser, server: Server, user: User) -> None:
    make_key(user.account, name="grid bot")
    with visit(browser, server, user) as page:
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to keys")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("#key-table")).to_be_focused()
        assert look(page) == []
