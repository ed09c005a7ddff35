"""The guide in the browser: the reader's key, language tabs, errors, and the contents that follow the scroll."""

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, expect

from tests.browser.accessibility import SIZES, every_size, look
from tests.browser.signed_in_page import visit
from tests.support.factories import make_key, make_trader
from tests.support.servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.server]

GUIDE = "/guide"


@pytest.fixture
def user(server: Server) -> User:
    user = make_trader()
    for kind in ("bearer", "signing"):
        make_key(user.account, name=f"old {kind}", kind=kind)
        make_key(user.account, name=f"new {kind}", kind=kind)
    return user


@every_size
def test_guide_is_short_and_accessible(browser: Browser, server: Server, user: User, size: str) -> None:
    with visit(browser, server, user, GUIDE, viewport=SIZES[size]) as page:
        height = page.evaluate("document.documentElement.scrollHeight")
        assert height < (6_000 if size == "desktop" else 9_500)
        for summary in page.locator("#content summary").all():
            summary.click()
        assert look(page) == []


def test_chosen_key_and_language_stay(browser: Browser, server: Server, user: User) -> None:
    old = user.account.keys.get(name="old signing")
    with visit(browser, server, user, GUIDE) as page:
        page.locator(".segment", has_text="ccxt").click()
        page.get_by_label("The examples contain your Account ID and this key").select_option(
            "old signing (signing key)"
        )
        expect(page.locator("#code-ccxt")).to_contain_text(old.public_id)
        expect(page.locator("#code-ccxt")).to_contain_text(user.account.account_id)
        expect(page.locator("#code-ccxt")).to_be_visible()
        page.reload()
        expect(page.locator("#code-ccxt")).to_contain_text(old.public_id)
        expect(page.locator("#code-ccxt")).to_be_visible()
        expect(page.locator("#code-curl")).to_be_hidden()


def test_errors_are_filtered_while_typing(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user, GUIDE) as page:
        rows = page.locator(".errors tbody tr")
        everything = rows.count()
        page.get_by_label("Find an error").press_sequentially("paused")
        expect(rows).not_to_have_count(everything)
        expect(rows.first).to_contain_text("key_paused")
        expect(page.get_by_label("Find an error")).to_be_focused()
        page.get_by_label("Find an error").fill("nothing like it")
        expect(page.get_by_text("No error contains “nothing like it”.")).to_be_visible()


def test_link_of_an_answer_opens_its_error(browser: Browser, server: Server) -> None:
    with visit(browser, server, None, f"{GUIDE}#key_expired") as page:
        expect(page.locator("#key_expired").get_by_text("What to do:")).to_be_visible()
        expect(page.locator("#key_expired")).to_be_in_viewport()
        page.evaluate("location.hash = 'worked-example'")
        expect(page.locator("#worked-example dl")).to_be_visible()


def test_contents_follow_the_scroll(browser: Browser, server: Server) -> None:
    with visit(browser, server, None, GUIDE) as page:
        expect(page.locator(".contents a[aria-current]")).to_have_text("Keys")
        for title in ("Errors", "Permissions"):
            page.locator(".contents").get_by_role("link", name=title).click()
            expect(page.locator(".contents a[aria-current]")).to_have_text(title)
        page.keyboard.press("End")
        expect(page.locator(".contents a[aria-current]")).to_have_text("Leaked keys")
