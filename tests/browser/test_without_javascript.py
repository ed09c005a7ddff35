"""All that a trader does, without JavaScript: each modal is a page."""

import re
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Page, expect

from apikeys.models import ApiKey
from tests.browser.signed_in_page import visit
from tests.support.browser_client import KEYS
from tests.support.factories import make_key, make_trader
from tests.support.servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.server]


@pytest.fixture
def user(server: Server) -> User:
    return make_trader()


@pytest.fixture
def plain(browser: Browser, server: Server, user: User) -> Iterator[Page]:
    with visit(browser, server, user, java_script_enabled=False) as page:
        yield page


def follow(page: Page, verb: str) -> None:
    row = page.get_by_role("row", name="grid bot")
    if verb in ("Pause", "Resume", "Regenerate"):
        row.get_by_label("More for grid bot").click()
    row.get_by_role("link", name=verb).click()


def test_key_is_created_and_its_secret_shown_once(plain: Page) -> None:
    plain.get_by_role("link", name="Create API key").click()
    plain.get_by_label("Name").fill("grid bot")
    plain.get_by_label("Addresses").fill("203.0.113.7, nowhere")
    plain.get_by_role("button", name="Create API key").click()
    expect(plain.locator(".errorlist")).to_contain_text("“nowhere” isn’t an IP address")
    plain.get_by_label("Addresses").fill("203.0.113.7")
    plain.get_by_role("button", name="Create API key").click()
    expect(plain.get_by_role("heading", name="API key created")).to_be_visible()
    secret = plain.locator("#fact-secret").text_content() or ""
    assert secret.startswith("ed25519:")
    plain.reload()
    expect(plain.get_by_role("heading", name="API key exists already")).to_be_visible()
    assert (secret in plain.content(), ApiKey.objects.count()) == (False, 1)


def test_reveal_is_left_by_done_after_a_tick(plain: Page) -> None:
    plain.get_by_role("link", name="Create API key").click()
    plain.get_by_label("Name").fill("grid bot")
    plain.get_by_label("Any address").check()
    plain.get_by_role("button", name="Create API key").click()
    plain.get_by_role("button", name="Done").click()
    expect(plain.get_by_role("heading", name="API key created")).to_be_visible()
    plain.get_by_label("I’ve saved my secret key").check()
    plain.get_by_role("button", name="Done").click()
    expect(plain.get_by_role("row", name="grid bot")).to_be_visible()


def test_key_is_edited(plain: Page, user: User) -> None:
    make_key(user.account, name="grid bot")
    plain.reload()
    follow(plain, "Edit")
    plain.get_by_label("Name").fill("new name")
    plain.get_by_role("button", name="Save changes").click()
    expect(plain.get_by_role("row", name="new name")).to_be_visible()
    expect(plain.get_by_text("API key updated")).to_be_visible()


def test_key_is_paused_and_resumed(plain: Page, user: User) -> None:
    make_key(user.account, name="grid bot")
    plain.reload()
    follow(plain, "Pause")
    plain.get_by_role("button", name="Pause key").click()
    expect(plain.get_by_role("row", name="grid bot")).to_contain_text("Paused")
    follow(plain, "Resume")
    plain.get_by_role("button", name="Resume key").click()
    expect(plain.get_by_role("row", name="grid bot")).to_contain_text("Active")


def test_key_is_regenerated(plain: Page, user: User) -> None:
    make_key(user.account, name="grid bot")
    plain.reload()
    follow(plain, "Regenerate")
    plain.get_by_label("For 24 hours").check()
    plain.get_by_role("button", name="Regenerate key").click()
    expect(plain.locator("#fact-secret")).to_contain_text("ed25519:")


def test_key_is_deleted(plain: Page, user: User) -> None:
    make_key(user.account, name="grid bot")
    plain.reload()
    follow(plain, "Delete")
    plain.get_by_role("button", name="Delete key").click()
    expect(plain.get_by_text("No API keys yet")).to_be_visible()


def test_table_is_paged(plain: Page, user: User) -> None:
    for number in range(12):
        make_key(user.account, name=f"bot-{number:02}")
    plain.reload()
    plain.get_by_role("link", name="Next page").click()
    expect(plain.get_by_role("row", name="bot-00")).to_be_visible()
    plain.get_by_label("Rows per page").select_option("50")
    plain.get_by_role("button", name="Show").click()
    # The form also contains the search and the filters, which must survive a change of the page size.
    expect(plain).to_have_url(re.compile(rf"{KEYS}\?(.*&)?size=50$"))
    expect(plain.get_by_role("row", name="bot-")).to_have_count(12)


def test_trader_signs_out_from_the_menu(plain: Page) -> None:
    plain.locator("summary[aria-label^=Account]").click()
    plain.get_by_role("button", name="Sign out").click()
    expect(plain.get_by_text("Sign in to see your API keys")).to_be_visible()


def test_template_sets_the_fields_of_the_form(plain: Page, user: User) -> None:
    plain.goto(f"{KEYS}new/")
    expect(plain.locator(".tiles")).to_be_hidden()
    plain.get_by_role("link", name="Trading bot").click()
    plain.get_by_label("Name").fill("grid bot")
    plain.get_by_label("Any address").check()
    plain.get_by_role("button", name="Create API key").click()
    expect(plain.locator("#fact-secret")).to_contain_text("ed25519:")
    key = user.account.keys.get()
    assert (key.purpose, key.kind, key.can_trade) == ("trading", "signing", True)


def test_every_snippet_is_shown_in_its_tab(plain: Page, user: User) -> None:
    plain.goto(f"{KEYS}{make_key(user.account).key.pk}/")
    plain.get_by_role("radio", name="Python").check()
    expect(plain.locator("#use-python")).to_be_visible()
    expect(plain.locator("#use-ccxt")).to_be_hidden()
