"""Bots and a trader at work over HTTP while something breaks, and the responses they got."""

import itertools
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import httpx
from django.contrib.auth.models import User

from apikeys.models import Kind
from tests.support.api_clients import ApiClient
from tests.support.browser_client import KEYS, TraderBrowser, form
from tests.support.factories import BOTH, IssuedKey, make_key, make_trader
from tests.support.html_forms import sent_as_it_is
from tests.support.servers import Server

PATIENCE_SECONDS = 120
PAUSE_SECONDS = 0.02  # after a failed request, so that a stopped server doesn't get a thousand requests a second
CSRF = "a" * 32
DEEDS = ("order", "create", "edit", "delete")
_numbers = itertools.count()


@dataclass(frozen=True)
class Answer:
    """The outcome of one request. Without a status, the connection broke, and nobody knows what was done."""

    deed: str
    name: str
    status: int | None
    seconds: float

    @property
    def done(self) -> bool:
        return self.status in (200, 302)


@dataclass
class Traffic:
    server: Server
    bots: list[IssuedKey]
    browser: TraderBrowser
    trader: User
    answers: list[Answer] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    def done(self, deed: str) -> list[str]:
        return [answer.name for answer in self.answers if answer.deed == deed and answer.done]

    def wait_for_progress(self) -> None:
        """Wait until each action has succeeded once more, or fail the test."""
        before = {deed: len(self.done(deed)) for deed in DEEDS}
        deadline = time.monotonic() + PATIENCE_SECONDS
        while any(len(self.done(deed)) == number for deed, number in before.items()):
            assert time.monotonic() < deadline, f"Nothing goes on: {self.tally()}"
            time.sleep(PAUSE_SECONDS)

    def tally(self) -> dict[str, int]:
        """Count the responses by action and status."""
        return dict(Counter(f"{answer.deed} {answer.status}" for answer in self.answers))

    # -- Bots ----------------------------------------------------------------------------------------------------

    def trade(self, issued: IssuedKey) -> None:
        client = issued.client()
        with self._http() as http:
            while not self._over.is_set():
                name = f"order-{next(_numbers)}"
                self._note("order", name, lambda name=name: client.over_http(http, "POST", "/v1/order", order(name)))
                self._note("read", name, lambda: client.over_http(http, "GET", "/v1/client/holding"))

    # -- A trader at the page --------------------------------------------------------------------------------------

    def manage(self) -> None:
        cookies = {"session": self.browser.http.cookies["session"].value, "csrf": CSRF}
        with self._http(cookies=cookies, headers={"X-CSRFToken": CSRF}) as http:
            while not self._over.is_set():
                self._live_one_life(http)

    def sign_in_again(self) -> None:
        self.browser.remember_sign_in(self.trader)

    def _live_one_life(self, http: httpx.Client) -> None:
        """Create, rename and delete a key."""
        name = f"key-{next(_numbers)}"
        made = self._note("create", name, lambda: http.post(f"{KEYS}new/", data=form(name=name)))
        address = re.search(rf"{KEYS}\d+/", made.text) if made and made.status_code == 200 else None
        if not address:
            return
        self._note("edit", name, lambda: rename(http, f"{address[0]}edit/", f"{name} edited"))
        self._note("delete", name, lambda: http.post(f"{address[0]}delete/"))

    # -- What both need ----------------------------------------------------------------------------------------------

    def _http(self, **options: object) -> httpx.Client:
        return httpx.Client(base_url=self.server.url, timeout=PATIENCE_SECONDS, **options)  # type: ignore[arg-type]

    def _note(self, deed: str, name: str, call: Callable[[], httpx.Response]) -> httpx.Response | None:
        response, started = None, time.monotonic()
        with suppress(httpx.TransportError):
            response = call()
        answer = Answer(deed, name, None if response is None else response.status_code, time.monotonic() - started)
        self.answers.append(answer)
        if not answer.done:
            time.sleep(PAUSE_SECONDS)
        return response

    def end(self) -> None:
        self._over.set()


def order(name: str) -> bytes:
    side = "BUY" if int(name.rpartition("-")[2]) % 2 else "SELL"
    return (
        f'{{"symbol":"PERP_BTC_USDC","side":"{side}","order_type":"MARKET",'
        f'"order_quantity":"0.001","client_order_id":"{name}"}}'
    ).encode()


@contextmanager
def flowing(server: Server, bots: int = 3) -> Iterator[Traffic]:
    """Keep bots and a trader at work in this block."""
    kinds = list(Kind) * bots
    issued = [make_key(permissions=BOTH, kind=kind) for kind in kinds[:bots]]
    traffic = Traffic(server, issued, TraderBrowser(trader := make_trader()), trader)
    threads = [threading.Thread(target=traffic.trade, args=[issued]) for issued in traffic.bots]
    threads.append(threading.Thread(target=traffic.manage))
    for thread in threads:
        thread.start()
    try:
        yield traffic
    finally:
        traffic.end()
        for thread in threads:
            thread.join()


def wait_until_ready(server: Server, seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until the server reports that it is ready, or fail the test."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(httpx.TransportError):
            if httpx.get(f"{server.url}/readyz", timeout=5).status_code == 200:
                return
        time.sleep(0.05)
    raise AssertionError(f"The server did not recover:\n{server.logged()[-3000:]}")


def ask(server: Server, client: ApiClient, method: str = "GET", target: str = "/v1/client/holding") -> httpx.Response:
    body = order(f"order-{next(_numbers)}") if method == "POST" else b""
    with httpx.Client(base_url=server.url, timeout=PATIENCE_SECONDS) as http:
        return client.over_http(http, method, target, body)


def rename(http: httpx.Client, path: str, name: str) -> httpx.Response:
    """Open a key's form and send it."""
    page = http.get(path)
    return http.post(path, data=sent_as_it_is(page, path) | {"name": name}) if page.status_code == 200 else page
