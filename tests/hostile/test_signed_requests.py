"""SECURITY.md, "Signed requests", over HTTP: requests that no client sends, or signed for something else."""

import base64
import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from perptools.trading.models import Order
from tests.hostile.raw_requests import answer, request
from tests.support.api_clients import SignedClient
from tests.support.factories import BOTH, make_key
from tests.support.servers import Server

pytestmark = pytest.mark.server

CURVE_ORDER = 2**252 + 27742317777372353535851937790883648493
BODY = b'{"symbol":"PERP_BTC_USDC","side":"BUY","order_type":"MARKET","order_quantity":"0.001"}'
Change = Callable[[dict[str, str]], dict[str, str]]


@dataclass(frozen=True)
class Sent:
    """A request that is signed as `text`, and sent as the other fields say."""

    text: bytes
    method: str = "GET"
    target: str = "/v1/whoami"
    body: bytes = b""
    change: Change = dict
    skew_ms: int = 0


def signature(change: Callable[[bytes], str]) -> Change:
    def changed(headers: dict[str, str]) -> dict[str, str]:
        raw = base64.urlsafe_b64decode(headers["orderly-signature"])
        return headers | {"orderly-signature": change(raw)}

    return changed


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()


def without(name: str) -> Change:
    return lambda headers: {key: value for key, value in headers.items() if key != name}


def with_(name: str, value: str) -> Change:
    return lambda headers: headers | {name: value}


def renamed(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("-", "_"): value for name, value in headers.items()}


def plus_order(raw: bytes) -> str:
    return encoded(raw[:32] + (int.from_bytes(raw[32:], "little") + CURVE_ORDER).to_bytes(32, "little"))


WHOAMI = b"GET/v1/whoami"
REFUSED = {
    "query reordered": Sent(b"GET/v1/orders?a=1&b=2", target="/v1/orders?b=2&a=1"),
    "parameter added": Sent(b"GET/v1/orders?a=1", target="/v1/orders?a=1&b=2"),
    "query signed away": Sent(b"GET/v1/orders?a=1", target="/v1/orders"),
    "lone ? added": Sent(WHOAMI, target="/v1/whoami?"),
    "ampersand encoded": Sent(b"GET/v1/orders?a=1&b=2", target="/v1/orders?a=1%26b=2"),
    "slash encoded": Sent(b"GET/v1/order/1", target="/v1/order%2F1"),
    "double encoded": Sent(b"GET/v1/orders?a=%41", target="/v1/orders?a=%2541"),
    "another path": Sent(WHOAMI, target="/v1/client/info"),
    "a path beside": Sent(WHOAMI, target="//v1/whoami"),
    "dots": Sent(WHOAMI, target="/v1/x/../whoami"),
    "host signed": Sent(b"GEThttp://127.0.0.1/v1/whoami"),
    "absolute form": Sent(WHOAMI, target="http://127.0.0.1/v1/whoami"),
    "method in lower case": Sent(b"get/v1/whoami"),
    "another method": Sent(b"POST/v1/order" + BODY, method="PUT", target="/v1/order", body=BODY),
    "body byte changed": Sent(b"POST/v1/order" + BODY, "POST", "/v1/order", BODY.replace(b"0.001", b"0.002")),
    "space added": Sent(b"POST/v1/order" + BODY, "POST", "/v1/order", BODY + b" "),
    "body signed as empty": Sent(b"POST/v1/order", "POST", "/v1/order", BODY),
    "query's end as body": Sent(b"DELETE/v1/order?order_id=123", "DELETE", "/v1/order?order_id=12", b"3"),
    "query as body": Sent(b"GET/v1/orders?symbol=X", "GET", "/v1/orders", b"?symbol=X"),
    "too old": Sent(WHOAMI, skew_ms=-303_000),
    "ahead": Sent(WHOAMI, skew_ms=303_000),
    "timestamp 0": Sent(WHOAMI, change=with_("orderly-timestamp", "0")),
    "negative": Sent(WHOAMI, change=with_("orderly-timestamp", "-1795346407644")),
    "seconds": Sent(WHOAMI, change=with_("orderly-timestamp", "1795346407")),
    "microseconds": Sent(WHOAMI, change=with_("orderly-timestamp", "1795346407644000")),
    "fraction": Sent(WHOAMI, change=with_("orderly-timestamp", "1795346407644.5")),
    "no timestamp": Sent(WHOAMI, change=without("orderly-timestamp")),
    "no signature": Sent(WHOAMI, change=without("orderly-signature")),
    "no key": Sent(WHOAMI, change=without("orderly-key")),
    "no account": Sent(WHOAMI, change=without("orderly-account-id")),
    "empty signature": Sent(WHOAMI, change=with_("orderly-signature", "")),
    "zero signature": Sent(WHOAMI, change=signature(lambda raw: encoded(bytes(64)))),
    "account of nobody": Sent(WHOAMI, change=with_("orderly-account-id", "0x" + "0" * 64)),
    "secp256k1": Sent(WHOAMI, change=lambda h: h | {"orderly-key": "secp256k1:" + h["orderly-key"][8:]}),
    "key of small order": Sent(WHOAMI, change=with_("orderly-key", "ed25519:" + "1" * 32)),
    "7000-letter key": Sent(WHOAMI, change=with_("orderly-key", "ed25519:" + "A" * 7000)),
    "underscores": Sent(WHOAMI, change=renamed),
    "and a bearer header": Sent(WHOAMI, change=with_("Authorization", "Bearer x")),
    "63 bytes": Sent(WHOAMI, change=signature(lambda raw: encoded(raw[:63]))),
    "65 bytes": Sent(WHOAMI, change=signature(lambda raw: encoded(raw + b"\0"))),
    "first byte": Sent(WHOAMI, change=signature(lambda raw: encoded(bytes([raw[0] ^ 1]) + raw[1:]))),
    "halves swapped": Sent(WHOAMI, change=signature(lambda raw: encoded(raw[32:] + raw[:32]))),
    "S + L": Sent(WHOAMI, change=signature(plus_order)),
    "hex": Sent(WHOAMI, change=signature(bytes.hex)),
    "an exclamation mark": Sent(WHOAMI, change=signature(lambda raw: "!" + encoded(raw)[1:])),
    "too much padding": Sent(WHOAMI, change=signature(lambda raw: encoded(raw) + "==")),
    "twice in one line": Sent(WHOAMI, change=signature(lambda raw: f"{encoded(raw)},{encoded(raw)}")),
}
ACCEPTED = {
    "any order": Sent(b"GET/v1/orders?size=2&page=1", target="/v1/orders?size=2&page=1"),
    "encoded underscore": Sent(b"GET/v1/orders?order%5Ftag=1", target="/v1/orders?order%5Ftag=1"),
    "plus": Sent(b"GET/v1/whoami?a=x+y", target="/v1/whoami?a=x+y"),
    "%20": Sent(b"GET/v1/whoami?a=x%20y", target="/v1/whoami?a=x%20y"),
    "decoded %20": Sent(b"GET/v1/whoami?a=x y", target="/v1/whoami?a=x%20y"),
    "bare name": Sent(b"GET/v1/whoami?bare", target="/v1/whoami?bare"),
    "trailing &": Sent(b"GET/v1/whoami?a=1&", target="/v1/whoami?a=1&"),
    "lone ?": Sent(b"GET/v1/whoami?", target="/v1/whoami?"),
    "unpadded": Sent(WHOAMI, change=signature(lambda raw: encoded(raw).rstrip("="))),
    "standard base64": Sent(WHOAMI, change=signature(lambda raw: base64.b64encode(raw).decode())),
    "290 s off": Sent(WHOAMI, skew_ms=-290_000),
    "header names in upper case": Sent(WHOAMI, change=lambda h: {name.upper(): value for name, value in h.items()}),
    "indented": Sent(b"POST/v1/order{\n " + BODY[1:] + b"\n", "POST", "/v1/order", b"{\n " + BODY[1:] + b"\n"),
}


def raw_request(client: SignedClient, sent: Sent) -> bytes:
    headers = client.sign(sent.text, time.time_ns() // 1_000_000 + sent.skew_ms)
    return request(sent.method, sent.target, list(sent.change(headers).items()), sent.body)


def test_changed_request_is_rejected_and_executes_nothing(gate: Server) -> None:
    client = make_key(permissions=BOTH).client()
    statuses = {name: answer(gate, raw_request(client, sent)).status for name, sent in REFUSED.items()}
    assert {name: status for name, status in statuses.items() if status not in (400, 401, 404)} == {}
    assert not Order.objects.exists()


def test_requests_of_real_clients_are_accepted(gate: Server) -> None:
    client = make_key(permissions=BOTH).client()
    statuses = {name: answer(gate, raw_request(client, sent)).status for name, sent in ACCEPTED.items()}
    assert {name: status for name, status in statuses.items() if status != 200} == {}


@pytest.mark.parametrize("name", ["orderly-signature", "orderly-key", "orderly-timestamp", "orderly-account-id"])
def test_duplicate_signing_header_is_rejected(gate: Server, name: str) -> None:
    headers = make_key().client().sign(WHOAMI)
    twice = [*headers.items(), (name, headers[name])]
    assert answer(gate, request("GET", "/v1/whoami", twice)).status == 401
