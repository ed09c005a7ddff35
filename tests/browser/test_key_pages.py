"""The page in daily use: forms on their own pages, selecting, paging, and announcements."""

import re

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Page, expect

from apikeys.models import Kind
from tests.browser.signed_in_page import PHONE, dialog, open_modal, visit
from tests.support.browser_client import KEYS
from tests.support.factories import make_key, make_trader
from tests.support.risky_keys import risky_trader
from tests.support.servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.server]


@pytest.fixture
def user(server: Server) -> User:
    return make_trader()


def has_focus(page: Page) -> bool:
    return bool(page.evaluate("document.activeElement !== document.body"))


# -- Search ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", [False, True], ids=["pasted", "typed"])
def test_whole_token_in_the_search_never_leaves_the_page(
    browser: Browser, server: Server, user: User, typed: bool
) -> None:
    issued = make_key(user.account, name="dashboard", kind=Kind.BEARER)
    make_key(user.account, name="grid bot")
    with visit(browser, server, user, KEYS) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        field = page.get_by_role("searchbox")
        field.press_sequentially(issued.secret) if typed else field.fill(issued.secret)
        expect(page.locator("#key-table")).not_to_contain_text("grid bot")
        expect(page).to_have_url(f"{server.url}{KEYS}?q=ptk_{issued.key.public_id}")
        expect(field).to_have_value(f"ptk_{issued.key.public_id}")
    assert not [url for url in asked if issued.secret[21:31] in url]


# -- A form that is a page of its own --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verb", "button", "said"),
    [
        ("edit", "Save changes", "API key updated"),
        ("pause", "Pause key", "API key paused"),
        ("delete", "Delete key", "API key deleted"),
    ],
)
def test_table_follows_the_form_page(
    browser: Browser, server: Server, user: User, verb: str, button: str, said: str
) -> None:
    key = make_key(user.account).key
    with visit(browser, server, user, f"{KEYS}{key.pk}/{verb}/") as page:
        page.get_by_role("button", name=button).click()
        expect(page).to_have_url(f"{server.url}{KEYS}")
        expect(page.get_by_text(said)).to_be_visible()


def test_errors_are_shown_on_the_form_page(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user, f"{KEYS}new/") as page:
        page.get_by_role("button", name="Create API key").click()
        name = page.get_by_label("Name")
        expect(name).to_be_focused()

        expect(dialog(page)).to_be_hidden()
        expect(page.get_by_role("heading", name="Create API key")).to_have_count(1)


def test_new_key_is_revealed_on_the_form_page(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user, f"{KEYS}new/") as page:
        page.get_by_label("Name").fill("grid bot")
        page.get_by_label("Any address").check()
        page.get_by_role("button", name="Create API key").click()
        expect(page.locator("#fact-secret")).to_have_text(re.compile("^ed25519:"))
        page.get_by_label("I’ve saved my secret key").check()
        page.get_by_role("button", name="Done").click()
        expect(page.get_by_role("row", name="grid bot")).to_be_visible()


def test_key_is_deleted_from_the_page_of_its_finding(browser: Browser, server: Server) -> None:
    with visit(browser, server, risky_trader(), f"{KEYS}review/") as page:
        page.get_by_role("link", name="Delete forgotten").click()
        dialog(page).get_by_role("button", name="Delete key").click()
        expect(page.get_by_text("API key deleted")).to_be_visible()
        expect(page.get_by_role("heading", name="Review", exact=True)).to_be_visible()
        expect(page.get_by_role("link", name="Delete forgotten")).to_have_count(0)


# -- What is wrong is red --------------------------------------------------------------------------------------------


def test_invalid_field_has_the_colour_of_errors(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user) as page:
        modal = open_modal(page, "Create API key")
        field = modal.get_by_label("Addresses")
        field.fill("nowhere")
        before = field.evaluate("field => getComputedStyle(field).borderColor")
        modal.get_by_label("Name").focus()
        expect(field).to_have_attribute("aria-invalid", "true")
        assert field.evaluate("field => getComputedStyle(field).borderColor") != before
        field.fill("203.0.113.7")
        modal.get_by_label("Name").focus()
        expect(field).to_have_attribute("aria-invalid", "false")


# -- The table -------------------------------------------------------------------------------------------------------


def test_actions_for_chosen_keys_are_visible(browser: Browser, server: Server, user: User) -> None:
    for number in range(30):
        make_key(user.account, name=f"bot-{number:02}")
    with visit(browser, server, user, f"{KEYS}?size=50") as page:
        page.get_by_label("Select bot-02").check()
        page.get_by_label("Select bot-03").check()
        bar = page.locator(".bulk")
        expect(bar).to_be_in_viewport(ratio=1)
        expect(bar).to_contain_text("2 keys selected")
        bar.get_by_role("button", name="Clear").click()
        expect(bar).to_be_hidden()
        assert has_focus(page)


def test_paging_keeps_the_focus_and_is_announced(browser: Browser, server: Server, user: User) -> None:
    for number in range(12):
        make_key(user.account, name=f"bot-{number:02}")
    with visit(browser, server, user) as page:
        page.get_by_role("link", name="Next page").press("Enter")
        expect(page.locator("#key-count")).to_have_text("11–12 of 12 keys")
        assert has_focus(page)
        page.get_by_label("Search by name").fill("bot-03")
        expect(page.locator("#key-count")).to_have_text("1 key")


def test_cards_are_sorted_and_chosen_like_rows(browser: Browser, server: Server, user: User) -> None:
    for name in ("b", "c", "a"):
        make_key(user.account, name=f"{name}-bot")
    with visit(browser, server, user, viewport=PHONE) as page:
        page.get_by_label("Sort by").select_option(label="Name")
        expect(page).to_have_url(re.compile("sort=name"))
        expect(page.locator("a.name").first).to_have_text("a-bot")
        page.get_by_label("Select all on this page").check()
        expect(page.locator(".bulk")).to_contain_text("3 keys selected")


def test_menu_closes_when_it_loses_the_focus(browser: Browser, server: Server, user: User) -> None:
    make_key(user.account, name="grid bot")
    make_key(user.account, name="other bot")
    with visit(browser, server, user) as page:
        page.get_by_label("More for other bot").press("Enter")
        for _ in range(3):
            page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Regenerate")).to_be_hidden()


# -- Nothing is lost -------------------------------------------------------------------------------------------------


def test_escape_asks_before_discarding_changes(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user) as page:
        answers = iter(["dismiss", "accept"])
        page.on("dialog", lambda asked: getattr(asked, next(answers))())
        modal = open_modal(page, "Create API key")
        modal.get_by_label("Name").fill("grid bot")
        page.keyboard.press("Escape")
        expect(modal.get_by_label("Name")).to_have_value("grid bot")
        page.keyboard.press("Escape")
        expect(modal).to_be_hidden()


def test_failure_is_announced_once_and_keeps_the_focus(browser: Browser, server: Server, user: User) -> None:
    make_key(user.account, name="grid bot")
    with visit(browser, server, user) as page:
        page.route(
            "**/pause/",
            lambda route: route.fulfill(status=500) if route.request.method == "POST" else route.continue_(),
        )
        modal = open_modal(page, "Pause")
        for _ in range(2):
            modal.get_by_role("button", name="Pause key").press("Enter")
            expect(modal.get_by_role("button", name="Pause key")).to_be_focused()
            expect(modal.get_by_role("alert")).to_have_count(1)
            expect(page.locator(".toast.error")).to_have_count(0)


def test_error_of_an_address_scrolls_into_view(browser: Browser, server: Server, user: User) -> None:
    key = make_key(user.account, networks="203.0.113.7").key
    with visit(browser, server, user, f"{KEYS}{key.pk}/") as page:
        page.evaluate(f"htmx.ajax('GET', '{KEYS}{key.pk}/edit/?allow=198.51.100.9', '#modal')")
        field = dialog(page).get_by_label("Addresses")
        expect(field).to_be_focused()
        expect(field).to_have_value("203.0.113.7\n198.51.100.9")
        expect(dialog(page)).to_contain_text("Save to allow it")


def test_table_is_paged_in_place_and_back_works(browser: Browser, server: Server, user: User) -> None:
    for number in range(12):
        make_key(user.account, name=f"bot-{number:02}")
    with visit(browser, server, user) as page:
        page.get_by_role("link", name="Page 2", exact=True).click()
        expect(page.get_by_role("row", name="bot-00")).to_be_visible()
        assert page.url.endswith("?page=2")
        page.go_back()
        expect(page.get_by_role("row", name="bot-11")).to_be_visible()
        page.get_by_label("Rows per page").select_option("20")
        expect(page.get_by_role("row", name=re.compile("bot-"))).to_have_count(12)
        assert page.url.endswith("?size=20")


def test_side_bar_stays_collapsed(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user) as page:
        page.get_by_role("button", name="Collapse the side bar").click()
        page.reload()
        assert page.locator("#side").bounding_box()["width"] == 74  # type: ignore[index]
        page.get_by_role("button", name="Expand the side bar").click()
        assert page.locator("#side").bounding_box()["width"] == 161  # type: ignore[index]
