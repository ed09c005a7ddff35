"""ccxt connects to this server only, with the URLs of the snippets, even for streams and in sandbox mode."""

import asyncio
import re
from pathlib import Path
from typing import Any

import ccxt
import ccxt.pro
import httpx
import pytest
from django.conf import settings
from django.template.loader import render_to_string

from apikeys.models import Account
from tests.support.ccxt_clients import BTC
from tests.support.factories import BOTH, make_key
from tests.support.servers import ANSWER_SECONDS, Server

pytestmark = pytest.mark.server

MESSAGE = "WebSocket streams are not served here. Ask for the same over HTTP, under /v1/."
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


def urls_of_snippet(server: Server) -> dict[str, Any]:
    """Return the URLs in the product's snippet, by running it up to the exchange."""
    filled = {"base_url": server.url, "account_id": "0x", "api_key": "ed25519:x", "secret": "ed25519:x"}
    program = render_to_string("apikeys/guide/snippets/signing_ccxt.txt", filled)
    names: dict[str, Any] = {}
    exec(program.partition("exchange =")[0], names)
    return dict(names["urls"])


def urls_of_readme(server: Server) -> dict[str, Any]:
    readme = Path(settings.BASE_DIR, "README.md").read_text()
    program = re.search(r"```python\nimport time.*?```", readme, re.DOTALL)
    assert program
    names: dict[str, Any] = {}
    setup = program[0].removeprefix("```python\n").partition("exchange =")[0]
    exec(setup.replace("http://127.0.0.1:8000", server.url), names)
    return dict(names["URLS"])


@pytest.fixture(params=[urls_of_snippet, urls_of_readme])
def options(request: pytest.FixtureRequest, server: Server, trader: Account) -> dict[str, Any]:
    issued, urls = make_key(trader, permissions=BOTH), request.param(server)
    return {
        "accountId": trader.account_id,
        "apiKey": issued.key.public_id,
        "secret": issued.secret,
        "urls": {"api": urls, "test": urls},
    }


def hosts(urls: Any) -> set[str]:
    if isinstance(urls, dict):
        return set().union(*map(hosts, urls.values()))
    return {httpx.URL(urls).host}


@pytest.mark.parametrize("name", ["woofipro", "modetrade"])
@pytest.mark.parametrize("sandbox", [False, True])
def test_ccxt_connects_to_no_other_host(options: dict[str, Any], name: str, sandbox: bool) -> None:
    for kind in (ccxt, ccxt.pro):
        exchange = getattr(kind, name)(options)
        exchange.set_sandbox_mode(sandbox)
        assert hosts(exchange.urls["api"]) == {"127.0.0.1"}


def test_ccxt_still_trades_in_sandbox_mode(options: dict[str, Any]) -> None:
    exchange = ccxt.woofipro(options)
    exchange.set_sandbox_mode(True)
    assert exchange.fetch_balance()["USDC"]["total"] == 10_000


def test_missing_streams_are_explained_to_ccxt(options: dict[str, Any]) -> None:
    async def watch() -> None:
        exchange = ccxt.pro.woofipro(options)
        try:
            await asyncio.wait_for(exchange.watch_ticker(BTC), ANSWER_SECONDS)
        finally:
            await exchange.close()

    with pytest.raises(ccxt.NetworkError, match="404"):
        asyncio.run(watch())


@pytest.mark.parametrize("path", ["ws/stream/0xabc", "v2/ws/private/stream/0xabc"])
def test_connection_is_rejected_in_the_status_line_and_in_the_body(server: Server, path: str) -> None:
    answer = httpx.get(f"{server.url}/{path}", headers=UPGRADE)
    said = answer.json()
    assert (answer.status_code, said["reason"], said["message"]) == (404, "not_offered", MESSAGE)
    assert (answer.reason_phrase, "set-cookie" in answer.headers) == (MESSAGE, False)
