"""A signing key that the browser generates: its secret is on the page, and in nothing that was sent."""

import re

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Page, Request, expect

from tests.browser.signed_in_page import dialog, open_modal, visit
from tests.browser.test_end_to_end import bot
from tests.browser.trader import Trader
from tests.support.browser_client import PASSWORD
from tests.support.factories import make_key, make_trader
from tests.support.servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.server]

MADE_THERE = "Our server generated this key"
WITHOUT_ED25519 = "SubtleCrypto.prototype.generateKey = () => Promise.reject(new DOMException('NotSupportedError'));"


@pytest.fixture
def user(server: Server) -> User:
    return make_trader(password=PASSWORD)


def sent_by(page: Page) -> list[str]:
    """Record all that the page sends from now on: URLs, headers and bodies."""
    sent: list[str] = []

    def remember(request: Request) -> None:
        sent.append(f"{request.url} {request.all_headers()} {request.post_data_buffer or b''!r}")

    page.on("request", remember)
    return sent


def submit(page: Page, name: str = "grid bot") -> None:
    dialog(page).get_by_label("Name").fill(name)
    dialog(page).get_by_label("Any address").check()
    dialog(page).get_by_role("button", name="Create API key").click()


def secret_on(page: Page) -> str:
    expect(dialog(page).get_by_role("heading", name=re.compile("API key (created|regenerated)"))).to_be_visible()
    return page.locator("#fact-secret").text_content() or ""


def test_ccxt_trades_with_a_secret_that_was_never_sent(page: Page, server: Server) -> None:
    sent, said = sent_by(page), []
    page.on("console", lambda message: said.append(message.text))
    trader = Trader.signed_in(page)
    facts = trader.create_key("grid bot", trading=True)
    expect(trader.dialog.get_by_text(MADE_THERE)).to_have_count(0)
    trader.store_secret()
    page.reload()
    core = facts["Secret key"].removeprefix("ed25519:")[4:-4]
    assert len(facts["Secret key"]) == len("ed25519:") + 44
    assert core not in "".join([*sent, *said])
    assert "made_key" in "".join(sent)
    assert core not in page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, history.state])")
    order = bot(server, facts).create_order("BTC/USDC:USDC", "market", "buy", 0.01)
    assert order["id"]


def test_every_snippet_has_the_secret_in_its_place(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user) as page:
        open_modal(page, "Create API key")
        submit(page)
        secret = secret_on(page)
        for snippet in ("ccxt", "python", "sdk"):
            expect(page.locator(f"#new-{snippet}")).to_contain_text(secret)


def test_next_pair_counts_after_a_rejected_form(browser: Browser, server: Server, user: User) -> None:
    make_key(user.account, name="grid bot")
    with visit(browser, server, user, recently=False) as page:
        open_modal(page, "Create API key")
        submit(page)
        expect(dialog(page).get_by_text("Confirm your password to do this.")).to_be_visible()
        dialog(page).get_by_label("Confirm your password").fill(PASSWORD)
        submit(page)
        expect(dialog(page).get_by_text("You already have a key named")).to_be_visible()
        submit(page, "other bot")
        facts = {"Secret key": secret_on(page), "API key": page.locator("#fact-key").text_content() or ""}
    exchange = bot(server, facts | {"Account ID": user.account.account_id})
    assert exchange.fetch_balance()["USDC"]["total"] == 10_000


def test_regenerated_key_is_generated_in_the_browser(browser: Browser, server: Server, user: User) -> None:
    make_key(user.account, name="grid bot")
    with visit(browser, server, user) as page:
        sent = sent_by(page)
        open_modal(page, "Regenerate").get_by_role("button", name="Regenerate key").click()
        secret = secret_on(page)
    assert secret.removeprefix("ed25519:") not in "".join(sent)


def test_resent_form_shows_no_secret(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user) as page:
        open_modal(page, "Create API key")
        page.route("**/new/", lambda route: (route.fetch(), route.abort()))
        submit(page)
        expect(page.get_by_text("Couldn’t reach the server.")).to_be_visible()
        page.unroute("**/new/")
        dialog(page).get_by_role("button", name="Create API key").click()
        expect(dialog(page).get_by_role("heading", name="API key exists already")).to_be_visible()
        expect(page.locator(".secret")).to_have_count(0)


def test_server_generates_the_key_if_the_browser_cannot(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user) as page:
        page.add_init_script(WITHOUT_ED25519)
        page.reload()
        modal = open_modal(page, "Create API key")
        expect(modal.get_by_text("Your browser can’t generate keys, so our server will.")).to_be_visible()
        submit(page)
        secret = secret_on(page)
        expect(modal.get_by_text(MADE_THERE)).to_be_visible()
        facts = {"Secret key": secret, "API key": page.locator("#fact-key").text_content() or ""}
    assert bot(server, facts | {"Account ID": user.account.account_id}).fetch_balance()["USDC"]["total"] == 10_000
