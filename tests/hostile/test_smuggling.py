"""Ambiguous or unreadable requests are rejected quickly."""

import time

import pytest
from django.conf import settings as product_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apikeys.models import Kind
from perptools.trading.models import Order
from tests.hostile.raw_requests import Answer, answer, exchange, head, request
from tests.support.factories import BOTH, make_key
from tests.support.servers import Server

pytestmark = pytest.mark.server

ORDER = b'{"symbol":"PERP_BTC_USDC","side":"BUY","order_type":"MARKET","order_quantity":"0.001"}'
LENGTH = b"Content-Length: %d\r\n" % len(ORDER)
CHUNKED = b"Transfer-Encoding: chunked\r\n"
CHUNKS = b"%x\r\n%s\r\n0\r\n\r\n" % (len(ORDER), ORDER)


def order(token: str, framing: bytes, body: bytes = ORDER, top: bytes = b"POST /v1/order HTTP/1.1") -> bytes:
    credential = b"Authorization: Bearer " + token.encode() + b"\r\n"
    return top + b"\r\nHost: 127.0.0.1\r\n" + credential + framing + b"\r\n" + body


def misleading_orders(token: str) -> dict[str, bytes]:
    """Orders with a valid token, whose start or end two servers could read differently."""
    return {
        "chunked": order(token, CHUNKED, CHUNKS),
        "chunked and a length": order(token, CHUNKED + LENGTH, CHUNKS),
        "a length and chunked": order(token, LENGTH + CHUNKED, CHUNKS),
        "chunked twice": order(token, CHUNKED + CHUNKED, CHUNKS),
        "chunked, in another case": order(token, b"transfer-encoding: CHUNKED\r\n", CHUNKS),
        "chunked, obscured": order(token, b"Transfer-Encoding:\x0bchunked\r\n" + LENGTH),
        "chunked, with a space": order(token, b"Transfer-Encoding : chunked\r\n", CHUNKS),
        "chunked, quoted": order(token, b'Transfer-Encoding: "chunked"\r\n' + LENGTH),
        "identity": order(token, b"Transfer-Encoding: identity\r\n" + LENGTH),
        "gzip": order(token, b"Transfer-Encoding: gzip, chunked\r\n", CHUNKS),
        "unknown coding": order(token, b"Transfer-Encoding: x\r\n" + LENGTH),
        "two lengths": order(token, LENGTH + b"Content-Length: 2\r\n"),
        "two lengths alike": order(token, LENGTH + LENGTH),
        "lengths in one line": order(token, b"Content-Length: %d, %d\r\n" % (len(ORDER), len(ORDER))),
        "length with a sign": order(token, b"Content-Length: +%d\r\n" % len(ORDER)),
        "negative length": order(token, b"Content-Length: -1\r\n"),
        "length in hex": order(token, b"Content-Length: 0x%x\r\n" % len(ORDER)),
        "length with underscores": order(token, b"Content-Length: 8_8\r\n"),
        "length in other digits": order(token, "Content-Length: ٨٨\r\n".encode()),
        "length of 5000 digits": order(token, b"Content-Length: " + b"9" * 5000 + b"\r\n"),
        "length too large": order(token, b"Content-Length: 1000001\r\n"),
        "length with a space": order(token, b"Content-Length : %d\r\n" % len(ORDER)),
        "length with underscore": order(token, b"Content_Length: %d\r\n" % len(ORDER)),
        "longer than it says": order(token, b"Content-Length: 10\r\n"),
        "shorter than it says": order(token, b"Content-Length: 500\r\n"),
        "no length": order(token, b""),
        "folded header": order(token, b"X: a\r\n b\r\n" + LENGTH),
        "NUL in a header": order(token, b"X: a\0b\r\n" + LENGTH),
        "bare CR in a header": order(token, b"X: a\rAuthorization: Bearer x\r\n" + LENGTH),
        "bare LF between headers": order(token, b"X: a\nY: b\r\n" + LENGTH),
        "a header without a name": order(token, b": a\r\n" + LENGTH),
        "a header of 9000": order(token, b"X: " + b"a" * 9000 + b"\r\n" + LENGTH),
        "100 headers": order(token, b"".join(b"X-%d: 1\r\n" % n for n in range(100)) + LENGTH),
        "moved by SCRIPT_NAME": order(token, b"Script-Name: /v1\r\n" + LENGTH, top=b"POST /v1/v1/order HTTP/1.1"),
        "absolute form": order(token, LENGTH, top=b"POST http://127.0.0.1/v1/order HTTP/1.1\x20"),
        "a target of 5000": order(token, LENGTH, top=b"POST /v1/order?a=" + b"a" * 5000 + b" HTTP/1.1"),
        "two spaces": order(token, LENGTH, top=b"POST  /v1/order HTTP/1.1"),
        "method in lower case": order(token, LENGTH, top=b"post /v1/order HTTP/1.1"),
        "HTTP/0.9": order(token, LENGTH, top=b"POST /v1/order"),
        "HTTP/2 in clear": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + order(token, LENGTH),
        "PROXY protocol": b"PROXY TCP4 203.0.113.7 127.0.0.1 1 2\r\n" + order(token, LENGTH),
        "override": order(token, b"X-HTTP-Method-Override: POST\r\n" + LENGTH, top=b"GET /v1/order HTTP/1.1"),
    }


PATHS = [
    "//v1/whoami",
    "/v1//whoami",
    "/v1/./whoami",
    "/v1/x/../whoami",
    "/v1/..%2fv1/whoami",
    "/v1/whoami;a",
    "/v1/whoami%00",
    "/v1/whoami%20",
    "/v1/whoami%0d%0aX:1",
    "/v1/whoami/",
    "/V1/whoami",
    "/v1%2Fwhoami",
    "/v1\\whoami",
    "/v1/WHOAMI",
    "/v1/who\u00e0mi",
    "/v1/%c0%ae%c0%ae/whoami",
    "*",
    "/v1/whoami%",
    "/v1/whoami%zz",
    "/static/../v1/whoami",
    "/static/%2e%2e/db.sqlite3",
    "/static//etc/passwd",
]


def test_ambiguous_order_is_not_placed(gate: Server) -> None:
    issued = make_key(kind=Kind.BEARER, permissions=BOTH)
    statuses, seconds = {}, {}
    for name, raw in misleading_orders(issued.secret).items():
        started = time.monotonic()
        statuses[name] = [seen.status for seen in exchange(gate, raw)]
        seconds[name] = time.monotonic() - started
    wrong = {name: seen for name, seen in statuses.items() if not seen or any(not 400 <= one < 500 for one in seen)}
    assert wrong == {}
    assert not Order.objects.exists()
    assert {name: taken for name, taken in seconds.items() if taken >= product_settings.WEB_READING_SECONDS} == {}


def test_bytes_after_a_rejected_request_are_not_another_request(gate: Server) -> None:
    """The classic attack: the rest of one request becomes the next one, with another client's credentials."""
    issued = make_key(kind=Kind.BEARER, permissions=BOTH)
    hidden = order(issued.secret, LENGTH)
    for framing in (CHUNKED + b"Content-Length: 4\r\n", b"Content-Length: 1000001\r\n", b"Content-Length: x\r\n"):
        exchange(gate, b"POST /v1/order HTTP/1.1\r\nHost: 127.0.0.1\r\n" + framing + b"\r\n0\r\n\r\n" + hidden)
    assert not Order.objects.exists()


def test_path_has_one_spelling(gate: Server) -> None:
    credential = [("Authorization", f"Bearer {make_key(kind=Kind.BEARER).secret}")]
    statuses = {path: answer(gate, request("GET", path, credential)).status for path in PATHS}
    assert {path: status for path, status in statuses.items() if status not in (400, 401, 404)} == {}


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1:1@evil.example", "", "127.0.0.1\tevil", "[", "a" * 5000])
def test_pages_are_served_for_our_hosts_only(gate: Server, host: str) -> None:
    raw = f"GET /guide HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
    assert answer(gate, raw).status in (400, 431)


NAMES = "Authorization orderly-key orderly-signature orderly-timestamp orderly-account-id Content-Type Cookie Host"
HEADER_NAMES = st.sampled_from(
    f"{NAMES} X-Forwarded-For Content-Length Transfer-Encoding x-recv-window Expect HX-Request".split()
)
TARGETS = st.sampled_from(
    ["/v1/whoami", "/v1/order", "/v1/orders?size=1", "/guide", "/portfolio/api-keys/", "/account/login/"]
)
METHODS = st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "BREW"])
VALUES = st.binary(max_size=60) | st.sampled_from(
    [b"Bearer ptk_", b"chunked", b"5", b"100-continue", b"session=x", b"true"]
)


@settings(max_examples=100, suppress_health_check=list(HealthCheck))
@given(METHODS, TARGETS, st.lists(st.tuples(HEADER_NAMES, VALUES), max_size=5), st.binary(max_size=80))
def test_headers_and_bodies_never_cause_a_server_error(
    gate: Server, method: str, target: str, headers: list[tuple[str, bytes]], body: bytes
) -> None:
    lines = b"".join(name.encode() + b": " + value + b"\r\n" for name, value in headers)
    seen = answer(gate, head(method, target) + lines + b"\r\n" + body)
    assert seen.status < 500


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=300))
def test_bytes_never_cause_a_server_error(gate: Server, raw: bytes) -> None:
    seen: list[Answer] = exchange(gate, raw + b"\r\n\r\n")
    assert all(one.status < 500 for one in seen)
