"""SECURITY.md, "JSON bodies", over HTTP with a valid credential: no order, and a JSON response that names the field."""

import httpx
import pytest

from apikeys.models import AddressRule, ApiKey, KeyEvent, Kind
from perptools.trading.models import Order
from tests.hostile.raw_requests import answer, request
from tests.support.browser_client import KEYS, TraderBrowser
from tests.support.factories import BOTH, make_key
from tests.support.key_forms import edit_form
from tests.support.servers import Server

pytestmark = pytest.mark.server

WHOLE = b'{"symbol":"PERP_BTC_USDC","side":"BUY","order_type":"MARKET","order_quantity":"0.001"}'


def with_quantity(quantity: bytes) -> bytes:
    return WHOLE.replace(b'"0.001"', quantity)


def with_symbol(symbol: bytes) -> bytes:
    return WHOLE.replace(b'"PERP_BTC_USDC"', symbol)


BODIES = {
    "body": {
        "empty": b"",
        "null": b"null",
        "list": b"[]",
        "list of one": b"[" + WHOLE + b"]",
        "text": b'""',
        "cut off": WHOLE[:-1],
        "cut in a letter": b'{"symbol":"\xc3',
        "trailing": WHOLE + b"x",
        "two objects": WHOLE + WHOLE,
        "comment": b"/*x*/" + WHOLE,
        "byte order mark": b"\xef\xbb\xbf" + WHOLE,
        "utf-16": WHOLE.decode().encode("utf-16"),
        "latin-1": with_symbol(b'"\xe9"'),
        "single quotes": WHOLE.replace(b'"', b"'"),
        "a form": b"symbol=PERP_BTC_USDC&side=BUY",
        "100,000 brackets": b"[" * 100_000,
        "100,000 braces": b'{"a":' * 100_000,
    },
    "order_quantity": {
        "duplicate": WHOLE[:-1] + b',"order_quantity":1000000}',
        "duplicate, escaped": WHOLE[:-1] + b',"order_quantit\\u0079":1000000}',
        "NaN": with_quantity(b"NaN"),
        "Infinity": with_quantity(b"Infinity"),
        "1e999": with_quantity(b"1e999"),
        "NaN as text": with_quantity(b'"NaN"'),
        "1e400 as text": with_quantity(b'"1e400"'),
        "negative": with_quantity(b"-1"),
        "zero": with_quantity(b"0"),
        "negative zero": with_quantity(b'"-0"'),
        "true": with_quantity(b"true"),
        "null": with_quantity(b"null"),
        "2^64": with_quantity(b"18446744073709551616"),
        "5000 digits": with_quantity(b"9" * 5000),
        "5000 digits as text": with_quantity(b'"' + b"9" * 5000 + b'"'),
        "other digits": with_quantity('"٠.٠٠١"'.encode()),
        "underscore": with_quantity(b'"1_0"'),
        "spaces": with_quantity(b'" 0.001"'),
        "hex": with_quantity(b'"0x1"'),
        "a list": with_quantity(b"[0.001]"),
        "an object": with_quantity(b'{"$gt":0}'),
    },
    "symbol": {
        "half a character": with_symbol(b'"\\ud800"'),
        "NUL": with_symbol(b'"A\\u0000B"'),
        "a number": with_symbol(b"1"),
        "nobody's": with_symbol(b'"PERP_X_USDC"'),
        "look-alike": with_symbol('"PERP_ВТС_USDC"'.encode()),
        "a megabyte": with_symbol(b'"' + b"A" * 900_000 + b'"'),
    },
}


@pytest.mark.parametrize("field", list(BODIES))
def test_invalid_body_gets_an_error_with_its_field_and_places_nothing(gate: Server, field: str) -> None:
    credential = [("Authorization", f"Bearer {make_key(kind=Kind.BEARER, permissions=BOTH).secret}")]
    wrong = {}
    for name, body in BODIES[field].items():
        seen = answer(gate, request("POST", "/v1/order", credential, body))
        told = seen.json().get("field") if seen.body else None
        if seen.status not in (400, 413, 415, 422) or told not in (field, "body"):
            wrong[name] = (seen.status, told, seen.body[:200])
    assert wrong == {}
    assert not Order.objects.exists()


def test_incomplete_form_changes_nothing(gate: Server) -> None:
    """Half an IP allowlist would allow other addresses."""
    issued = make_key(networks="203.0.113.7")
    browser = TraderBrowser(issued.key.account.user)
    cookies = f"session={browser.http.cookies['session'].value}; csrf={'a' * 32}"
    edit = edit_form(issued.key, name=issued.key.name, address_rule="list")
    body = httpx.Request("POST", gate.url, data=edit | {"networks": "10.0.0.0/24"}).content
    cut = body[: body.index(b"networks=10.0.0.0%2F2") + len(b"networks=10.0.0.0%2F2")]
    headers = [("Cookie", cookies), ("X-CSRFToken", "a" * 32), ("Content-Type", "application/x-www-form-urlencoded")]
    whole_length = ("Content-Length", str(len(body)))
    seen = answer(gate, request("POST", f"{KEYS}{issued.key.pk}/edit/", [*headers, whole_length]) + cut)
    issued.key.refresh_from_db()
    assert seen.status in (200, 400, 403)  # the form again, or a rejection
    assert (issued.key.networks, issued.key.address_rule) == ("203.0.113.7", AddressRule.LIST)
    assert KeyEvent.objects.filter(key=issued.key).count() == ApiKey.objects.count() == 1
