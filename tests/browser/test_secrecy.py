"""All that the product returned, logged and stored: a secret is only in the response that reveals it."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from django.apps import apps
from django.db import connection
from playwright.sync_api import Page, Response

from tests.browser.trader import Trader
from tests.support.servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.server]


def stored() -> Iterator[str]:
    """Return every value of every row in the database."""
    for model in apps.get_models(include_auto_created=True):
        yield from map(repr, model.objects.values_list())  # type: ignore[attr-defined]


def files(server: Server) -> Iterator[str]:
    """Return the files in the state directory and, on SQLite, the database files."""
    folders = [server.log.parent]
    paths = [path for folder in folders for path in folder.rglob("*") if path.is_file() and "static" not in path.parts]
    if connection.vendor == "sqlite":
        database = Path(connection.settings_dict["NAME"])
        paths += database.parent.glob(f"{database.name}*")
    for path in paths:
        yield path.read_bytes().decode(errors="replace")


@pytest.mark.parametrize(
    ("kind", "label", "reveals"),
    [("Bearer token", "Bearer token", ["POST /portfolio/api-keys/new/"]), ("Signing key", "Secret key", [])],
    ids=["made by the server", "made by the browser"],
)
def test_secret_is_in_its_reveal_and_nowhere_else(
    page: Page, server: Server, kind: str, label: str, reveals: list[str]
) -> None:
    answers: list[tuple[str, str]] = []

    def remember(response: Response) -> None:
        if response.request.resource_type in ("document", "xhr", "fetch") and response.status == 200:
            path = response.url.removeprefix(server.url)
            answers.append((f"{response.request.method} {path}", response.text()))

    page.on("response", remember)
    trader = Trader.signed_in(page)
    secret = trader.create_key("dashboard", kind=kind)[label]
    trader.store_secret()
    called = use(server, trader, secret)
    for verb in ("Edit", "Regenerate", "Delete"):
        see(trader, verb)
    page.reload()
    page.go_back()

    core = secret.removeprefix("ed25519:")[-40:-6]  # found even if something is cut off or added at the ends
    assert [where for where, text in answers if core in text] == reveals
    assert core not in "".join(called)
    assert core not in page.content()
    assert core not in page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, location.href])")
    assert [text for text in stored() if core in text] == []
    assert [text[:80] for text in files(server) if core in text] == []


def use(server: Server, trader: Trader, secret: str) -> list[str]:
    """Send valid and invalid requests with it. Returns the responses."""
    headers = {"Authorization": f"Bearer {secret}"}
    calls = [
        httpx.get(f"{server.url}/v1/whoami", headers=headers),
        httpx.post(f"{server.url}/v1/order", headers=headers, json={"symbol": secret}),
        httpx.get(f"{server.url}/v1/nothing/{secret[:0]}", headers=headers),
        httpx.get(f"{server.url}/v1/whoami", headers={"X-API-Key": secret}),
        httpx.get(f"{server.url}/v1/whoami", headers={"Authorization": f"Basic {secret}"}),
        httpx.get(f"{server.url}/v1/whoami?token={secret}"),
    ]
    return [call.text + repr(call.headers) for call in calls]


def see(trader: Trader, verb: str) -> None:
    if verb == "Regenerate":
        trader.row("dashboard").get_by_label("More for dashboard").click()
    trader.open(verb, "dashboard")
    trader.dialog.get_by_role("link", name="Cancel").click()
    trader.dialog.wait_for(state="hidden")
