"""The bell, Settings and the second factor in the browser, with and without JavaScript, and their accessibility."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Page, expect

from apikeys.keys import pausing
from tests.browser.accessibility import SIZES, every_size, look
from tests.browser.signed_in_page import visit
from tests.browser.trader import PASSWORD, Trader
from tests.support.browser_client import KEYS
from tests.support.factories import make_key, make_trader, owner
from tests.support.servers import Server
from tests.support.totp import code

pytestmark = [pytest.mark.browser, pytest.mark.server]

NOTIFICATIONS, SETTINGS = "/portfolio/notifications/", "/portfolio/settings/"
ACTIVATE = "/account/two-factor/totp/activate/"


def told_trader() -> User:
    user = make_trader(password=PASSWORD)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    pausing.pause(make_key(user.account, name="grid bot").key, by=owner(user))
    return user


def confirm_password(page: Page) -> None:
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()


def enter_code(page: Page, secret: str) -> None:
    """Enter the current code and, if its 30 seconds ended before the server saw it, the next one."""
    for _ in range(2):
        page.get_by_label("Authenticator code").fill(code(secret))
        page.get_by_role("button", name="Turn on").click()
        page.wait_for_load_state()
        if page.locator("#recovery-codes").is_visible():
            return


def test_bell_shows_new_notifications_and_marks_them_as_read(browser: Browser, server: Server) -> None:
    with visit(browser, server, told_trader()) as page:
        bell = page.locator(".bell")
        bell.locator("summary").click()
        bell.get_by_role("link", name="was paused").wait_for()
        bell.get_by_role("button", name="Mark all as read").click()
        expect(bell.locator(".unread")).to_have_count(0)
        expect(bell.locator("summary")).to_have_text("Notifications")
        expect(bell.get_by_role("button", name="Mark all as read")).to_be_focused()
        page.keyboard.press("Escape")
        expect(bell.get_by_role("link", name="All notifications")).to_be_hidden()


def test_bell_updates_while_the_page_is_open(browser: Browser, server: Server) -> None:
    user = told_trader()
    with visit(browser, server, user, "about:blank") as page:
        page.clock.install()
        page.goto(KEYS)
        summary = page.locator(".bell summary")
        expect(summary).to_contain_text("2 unread")
        pausing.resume(user.account.keys.get(), by=owner(user))
        page.clock.run_for(31_000)
        expect(summary).to_contain_text("3 unread")
        expect(page.locator(".toast")).to_have_count(0)


def test_bell_leads_to_its_page_without_javascript(browser: Browser, server: Server) -> None:
    with visit(browser, server, told_trader(), java_script_enabled=False) as page:
        page.locator(".bell summary").click()
        page.get_by_role("link", name="All notifications").click()
        page.get_by_role("button", name="Mark all as read").click()
        expect(page.locator(".notification.unread")).to_have_count(0)


def test_second_factor_is_set_up_and_asked_for(browser: Browser, server: Server) -> None:
    user = told_trader()
    with visit(browser, server, user, SETTINGS) as page:
        page.get_by_role("link", name="Set up two-factor sign-in").click()
        confirm_password(page)
        secret = page.locator("#totp-secret").inner_text()
        enter_code(page, secret)
        recovery = page.locator("#recovery-codes li").first.inner_text()
    with visit(browser, server, None, "/account/login/") as page:
        page.get_by_label("Email").fill(user.email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("main").get_by_role("button", name="Sign in").click()
        page.get_by_role("textbox", name="Code").fill(recovery)
        page.get_by_role("main").get_by_role("button", name="Sign in").click()
        page.wait_for_url(re.compile(KEYS))


def test_browser_stays_known_after_signing_out(page: Page) -> None:
    Trader.signed_in(page)
    known = next(cookie for cookie in page.context.cookies() if cookie["name"] == settings.KNOWN_BROWSER_COOKIE_NAME)
    page.goto("/account/logout/")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    page.get_by_role("link", name="Sign in").first.wait_for()
    assert known in page.context.cookies()
    assert (known["httpOnly"], known["sameSite"]) == (True, "Strict")
    assert known["name"] not in page.evaluate("document.cookie")


@every_size
def test_pages_are_accessible(browser: Browser, server: Server, size: str) -> None:
    with visit(browser, server, told_trader(), ACTIVATE, viewport=SIZES[size]) as page:
        confirm_password(page)
        for path in (ACTIVATE, NOTIFICATIONS, SETTINGS, f"{SETTINGS}keys/", "/account/two-factor/"):
            page.goto(path)
            page.locator(".bell summary").click()
            page.locator(".bell .notification").first.wait_for()
            assert look(page) == [], path
