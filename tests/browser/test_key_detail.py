"""The key's page in the browser: the latest requests, and what is folded."""

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, expect

from apikeys.usage import recorder as usage_recorder
from tests.browser.accessibility import SIZES, every_size, look
from tests.browser.signed_in_page import box, dialog, visit
from tests.support.browser_client import KEYS
from tests.support.factories import READ, IssuedKey, make_key, make_trader
from tests.support.servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.server]


@pytest.fixture
def user(server: Server) -> User:
    return make_trader()


@pytest.fixture
def logged(user: User) -> IssuedKey:
    """A key with ten requests in its log, of which two were rejected."""
    issued = make_key(user.account, name="logged", networks="203.0.113.7", permissions=READ)
    for _ in range(8):
        issued.client(REMOTE_ADDR="203.0.113.7").get("/v1/client/holding", headers={"User-Agent": "ccxt/4.5.64"})
    for address in ("198.51.100.9", "2001:db8:85a3:8d3:1319:8a2e:370:7348"):
        issued.client(REMOTE_ADDR=address).get("/v1/client/holding", headers={"User-Agent": "python-requests/2.34.2"})
    usage_recorder.flush()
    return issued


@every_size
def test_latest_requests_are_shown_and_filtered_in_place(
    browser: Browser, server: Server, user: User, logged: IssuedKey, size: str
) -> None:
    with visit(browser, server, user, f"{KEYS}{logged.key.pk}/", viewport=SIZES[size]) as page:
        rows = page.locator(".request-log tbody tr")
        expect(rows).to_have_count(10)
        assert look(page) == []
        page.get_by_role("link", name="Rejected", exact=True).click()
        expect(rows).to_have_count(2)
        expect(page.get_by_role("link", name="Rejected", exact=True)).to_be_focused()
        expect(rows.last).to_contain_text("Used from 198.51.100.9, which wasn’t allowed.")
        rows.last.get_by_role("link", name="Allow this IP").click()
        dialog(page).get_by_role("button", name="Save").click()
        expect(page.get_by_text("API key updated")).to_be_visible()
        expect(page.get_by_role("link", name="Allow this IP")).to_have_count(2)  # for the other address, twice
    logged.key.refresh_from_db()
    assert logged.key.networks == "203.0.113.7,198.51.100.9"


def test_phone_shows_two_lines_for_a_request(browser: Browser, server: Server, user: User, logged: IssuedKey) -> None:
    with visit(browser, server, user, f"{KEYS}{logged.key.pk}/", viewport=SIZES["large phone"]) as page:
        rows = page.locator(".request-log tbody tr:not(.rejected)").all()
        assert {box(row)["height"] < 65 for row in rows} == {True}


def test_folded_parts_open_by_keyboard(browser: Browser, server: Server, user: User, logged: IssuedKey) -> None:
    with visit(browser, server, user, f"{KEYS}{logged.key.pk}/") as page:
        for title in ("Access", "Use it", "History"):
            page.locator("summary", has_text=title).focus()
            page.keyboard.press("Enter")
        expect(page.get_by_text("This key can read from 203.0.113.7.")).to_be_visible()
        expect(page.get_by_text("Replace the placeholder with your secret.")).to_be_visible()
        expect(page.get_by_text("Created", exact=True).last).to_be_visible()
        assert look(page) == []
