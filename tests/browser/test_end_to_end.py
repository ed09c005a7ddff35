"""The main job: sign in, create a key, use the API, delete the key."""

from collections.abc import Iterator
from pathlib import Path

import ccxt
import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.trader import Trader
from tests.support.servers import Server, running

pytestmark = [pytest.mark.browser, pytest.mark.server]


@pytest.fixture
def server(transactional_db: None, static_files: Path) -> Iterator[Server]:
    """A server that writes usage while it runs, as in production. It stops before the test's rows are removed."""
    with running(static_files, USAGE_FLUSH_SECONDS="1") as server:
        yield server


def call(server: Server, token: str) -> httpx.Response:
    return httpx.get(f"{server.url}/v1/client/holding", headers={"Authorization": f"Bearer {token}"})


def bot(server: Server, facts: dict[str, str]) -> ccxt.woofipro:
    """An unmodified ccxt with another base URL."""
    return ccxt.woofipro(
        {
            "accountId": facts["Account ID"],
            "apiKey": facts["API key"],
            "secret": facts["Secret key"],
            "urls": {"api": {"public": server.url, "private": server.url}},
            "enableRateLimit": False,
        }
    )


def test_bearer_token_from_the_page_works_until_it_is_deleted(page: Page, server: Server) -> None:
    trader = Trader.signed_in(page)
    token = trader.create_key("dashboard", kind="Bearer token")["Bearer token"]
    trader.store_secret()
    assert call(server, token).json()["data"]["holding"][0]["token"] == "USDC"

    trader.open("Edit", "dashboard")
    trader.dialog.get_by_label("Only these").check()
    trader.dialog.get_by_role("textbox", name="Addresses").fill("203.0.113.7")
    trader.confirm("Save changes")
    refused = call(server, token)
    assert (refused.status_code, refused.json()["reason"], refused.json()["address"]) == (
        403,
        "address_not_allowed",
        "127.0.0.1",
    )

    trader.open("Edit", "dashboard")
    trader.dialog.get_by_label("Expires after").select_option("365")
    trader.dialog.get_by_label("Any address").check()
    trader.confirm("Save changes")
    extended = call(server, token)
    key = trader.user.account.keys.get()
    assert (extended.status_code, extended.headers["X-Key-Expires"]) == (200, key.expires_at.isoformat())
    assert (key.expires_at - key.created_at).days == 365

    trader.delete_used_key("dashboard")
    gone = call(server, token)
    assert (gone.status_code, gone.json()["reason"]) == (401, "key_revoked")


def test_unmodified_ccxt_trades_with_a_signing_key_from_the_page(page: Page, server: Server) -> None:
    trader = Trader.signed_in(page)
    exchange = bot(server, trader.create_key("grid bot"))
    trader.store_secret()
    assert exchange.fetch_balance()["USDC"]["total"] == 10_000

    trader.delete_used_key("grid bot")
    with pytest.raises(ccxt.AuthenticationError, match="key_revoked"):
        exchange.fetch_balance()


def test_first_request_turns_a_line_of_the_reveal_green(page: Page, server: Server) -> None:
    trader = Trader.signed_in(page)
    token = trader.create_key("curl", kind="Bearer token")["Bearer token"]
    assert call(server, token).status_code == 200
    line = trader.dialog.locator("#first-request")
    expect(line).to_contain_text("First request received from 127.0.0.1, python-httpx/")
    expect(line).to_have_css("color", "rgb(10, 115, 80)")


def test_rejected_first_request_is_explained(page: Page, server: Server) -> None:
    trader = Trader.signed_in(page)
    token = trader.create_key("curl", kind="Bearer token")["Bearer token"]
    trader.user.account.keys.update(address_rule="list", networks="203.0.113.7")
    assert call(server, token).status_code == 403
    expect(trader.dialog.locator("#first-request")).to_contain_text("We rejected a request.")
