"""SECURITY.md, "Authorization header", over HTTP: one response for all rows, also right after a success."""

import base64

import pytest

from apikeys.models import Kind
from perptools.trading.models import Order
from tests.hostile.raw_requests import Answer, Headers, exchange, request
from tests.support.factories import BOTH, IssuedKey, make_key
from tests.support.servers import Server

pytestmark = pytest.mark.server

WHOAMI = "/v1/whoami"
ORDER = b'{"symbol":"PERP_BTC_USDC","side":"BUY","order_type":"MARKET","order_quantity":"0.001"}'


def bearer(value: str) -> Headers:
    return [("Authorization", f"Bearer {value}")]


def wrong_headers(token: str) -> dict[str, Headers]:
    _, public_id, secret = token.split("_")
    another = "A" if token[-1] != "A" else "B"
    basic = base64.b64encode(f"{token}:".encode()).decode()
    return {
        "none": [],
        "empty": [("Authorization", "")],
        "Bearer alone": [("Authorization", "Bearer")],
        "Bearer and a space": [("Authorization", "Bearer ")],
        "scheme missing": [("Authorization", token)],
        "glued": [("Authorization", f"Bearer{token}")],
        "Token": [("Authorization", f"Token {token}")],
        "Basic": [("Authorization", f"Basic {basic}")],
        "quoted": bearer(f'"{token}"'),
        "comma": bearer(f"{token},"),
        "equals": bearer(f"{token}="),
        "two spaces": bearer(f" {token}"),
        "a tab": [("Authorization", f"Bearer\t{token}")],
        "twice the same": [*bearer(token), *bearer(token)],
        "right, then wrong": [*bearer(token), *bearer("x")],
        "wrong, then right": [*bearer("x"), *bearer(token)],
        "in two cases": [*bearer(token), ("authorization", f"Bearer {token}")],
        "space inside": bearer(f"{token[:30]} {token[30:]}"),
        "shorter": bearer(token[:-1]),
        "another end": bearer(token[:-1] + another),
        "longer": bearer(f"{token}A"),
        "case swapped": bearer(f"ptk_{public_id}_{secret.swapcase()}"),
        "upper case": bearer(token.upper()),
        "no secret": bearer(f"ptk_{public_id}_"),
        "id alone": bearer(f"ptk_{public_id}"),
        "no prefix": bearer(f"{public_id}_{secret}"),
        "wrong prefix": bearer(f"xxxx_{public_id}_{secret}"),
        "dashes": bearer(f"ptk-{public_id}-{secret}"),
        "unknown id": bearer(f"ptk_{'z' * 16}_{secret}"),
        "sql": bearer(f"ptk_'OR'1'='1_{secret}"),
        "7000 letters": bearer(f"ptk_{public_id}_{'A' * 7000}"),
        "jwt": bearer("eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0."),
        "look-alikes": bearer(token.replace("_", "＿")),
        "soft hyphen": bearer(f"{token}\u00ad"),
        "percent-encoded": bearer(token.replace("_", "%5F")),
        "X-API-Key": [("X-API-Key", token)],
        "cookie": [("Cookie", f"token={token}; Authorization=Bearer {token}")],
        "underscore": [("Authorization_", f"Bearer {token}"), ("HTTP_AUTHORIZATION", f"Bearer {token}")],
        "proxy's": [("Proxy-Authorization", f"Bearer {token}")],
        "forwarded": [("X-Forwarded-Authorization", f"Bearer {token}")],
        "and signed": [*bearer(token), ("orderly-key", "ed25519:x")],
    }


NAMES = list(wrong_headers("ptk_x_y"))


def sent_after_a_success(gate: Server, issued: IssuedKey, headers: Headers, method: str, target: str) -> list[Answer]:
    """Send it on the connection on which the token has just been accepted."""
    good = request("GET", WHOAMI, bearer(issued.secret))
    return exchange(gate, good + request(method, target, headers, ORDER if method == "POST" else b""))


def test_every_invalid_header_gets_the_same_401_and_executes_nothing(gate: Server) -> None:
    issued = make_key(kind=Kind.BEARER, permissions=BOTH)
    seen: dict[str, list[str]] = {}
    for name, headers in wrong_headers(issued.secret).items():
        first, last = sent_after_a_success(gate, issued, headers, "POST", "/v1/order")
        assert first.status == 200, name
        seen.setdefault(last.without_time(), []).append(name)
    assert list(map(len, seen.values())) == [len(NAMES)], seen
    assert last.status == 401
    assert last.header("WWW-Authenticate") == 'Bearer realm="PERPTools"'
    assert (last.header("Set-Cookie"), last.header("Location")) == (None, None)
    assert not Order.objects.exists()


def test_token_in_the_query_gets_the_same_401_and_pauses_the_key(gate: Server) -> None:
    issued, other = make_key(kind=Kind.BEARER), make_key(kind=Kind.BEARER)
    _, in_query = sent_after_a_success(gate, issued, [], "GET", f"{WHOAMI}?token={issued.secret}")
    _, with_none = sent_after_a_success(gate, other, [], "GET", WHOAMI)
    assert in_query.without_time() == with_none.without_time()
    issued.key.refresh_from_db()
    assert issued.key.paused_at
