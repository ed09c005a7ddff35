"""Requests are read strictly, and errors name what is wrong."""

import json
from contextlib import suppress
from decimal import Decimal

import msgspec
import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from apikeys.http.errors import BadParameter
from apikeys.http.parsing import read_body, read_query


class Leg(msgspec.Struct):
    quantity: Decimal


class Wanted(msgspec.Struct):
    symbol: str = ""
    quantity: Decimal | None = None
    count: int = 0
    flag: bool = False
    legs: list[Leg] = []


def body(raw: bytes) -> Wanted:
    return read_body(RequestFactory().post("/", raw, content_type="application/json"), Wanted)


def query(raw: str) -> Wanted:
    return read_query(RequestFactory().get("/", QUERY_STRING=raw), Wanted)


BAD_BODIES = {
    "empty": b"",
    "null": b"null",
    "list": b"[]",
    "list of one": b'[{"symbol":"X"}]',
    "string": b'""',
    "cut off": b'{"symbol":"X"',
    "trailing": b'{"symbol":"X"}x',
    "comment": b'/*x*/{"symbol":"X"}',
    "byte order mark": b'\xef\xbb\xbf{"symbol":"X"}',
    "latin-1": b'{"symbol":"\xe9"}',
    "utf-16": '{"symbol":"X"}'.encode("utf-16"),
    "duplicate": b'{"quantity":1,"quantity":1000000}',
    "duplicate inside": b'{"legs":[{"quantity":1,"quantity":2}]}',
    "NaN": b'{"quantity":NaN}',
    "Infinity": b'{"quantity":-Infinity}',
    "NaN as text": b'{"quantity":"NaN"}',
    "sNaN as text": b'{"quantity":"sNaN"}',
    "infinity as text": b'{"quantity":"Infinity"}',
    "1e999": b'{"quantity":1e999}',
    "1e400 as text": b'{"quantity":"1e400"}',
    "1e-400 as text": b'{"quantity":"1e-400"}',
    "other digits": '{"quantity":"٠.١"}'.encode(),
    "digits with an underscore": b'{"quantity":"1_0"}',
    "digits with a space": b'{"quantity":" 1"}',
    "other digits inside a list": '{"legs":[{"quantity":"١"}]}'.encode(),
    "huge exponent": b'{"quantity":1e99999999999999999999}',
    "huge exponent as text": b'{"quantity":"1e99999999999999999999"}',
    "huge inside a list": b'{"legs":[{"quantity":"1e400"}]}',
    "true": b'{"quantity":true}',
    "2^64": b'{"count":18446744073709551616}',
    "5000 digits": b'{"count":' + b"9" * 5000 + b"}",
    "5000 decimals": b'{"quantity":0.' + b"9" * 5000 + b"}",
    "5000 digits as text": b'{"quantity":"' + b"9" * 5000 + b'"}',
    "lone surrogate": b'{"symbol":"\\ud800"}',
    "nul": b'{"symbol":"A\\u0000B"}',
    "nul in a name": b'{"A\\u0000B":1}',
    "number for text": b'{"symbol":1}',
    "deep": b"[" * 100_000,
    "deep inside": b'{"legs":' + b"[" * 100_000,
    "deep objects": b'{"a":' * 150 + b"1" + b"}" * 150,
}


@pytest.mark.parametrize("name", [name for name in BAD_BODIES if name != "deep objects"])
def test_invalid_body_is_rejected(name: str) -> None:
    with pytest.raises(BadParameter):
        body(BAD_BODIES[name])


def test_unknown_nested_values_are_parsed_before_they_are_rejected() -> None:
    with pytest.raises(BadParameter, match="a: unknown field"):
        body(BAD_BODIES["deep objects"])


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        (b'{"symbol":1}', "symbol"),
        (b'{"legs":[{"quantity":1},{"quantity":"x"}]}', "legs[1].quantity"),
        (b'{"legs":[{}]}', "legs[0].quantity"),
        (b'{"legs":[{"quantity":"1e30"}]}', "legs[0].quantity"),
        (b'{"quantity":1,"quantity":2}', "quantity"),
    ],
)
def test_error_names_the_invalid_field(raw: bytes, field: str) -> None:
    with pytest.raises(BadParameter) as caught:
        body(raw)
    assert caught.value.details["field"] == field


@pytest.mark.parametrize("literal", ["0.1", "1e-05", "1000", '"0.1"', '"1e-05"', "123456789.12345678"])
def test_decimals_are_exact_in_every_notation(literal: str) -> None:
    assert body(b'{"quantity":%s}' % literal.encode()).quantity == Decimal(literal.strip('"'))


def test_emoji_escaped_as_a_surrogate_pair_is_text() -> None:
    assert body(b'{"symbol":"\\ud83d\\ude00"}').symbol == "😀"


def test_unknown_names_are_rejected_unless_null_or_tolerated() -> None:
    with pytest.raises(BadParameter) as rejection:
        body(b'{"symbol":"X","quantiy":"1"}')
    assert str(rejection.value) == "quantiy: unknown field. Did you mean quantity?"
    assert body(b'{"symbol":"X","quantiy":null}').symbol == "X"
    sent = RequestFactory().post("/", b'{"symbol":"X","note":"1"}', content_type="application/json")
    assert read_body(sent, Wanted, tolerant=True).symbol == "X"


@pytest.mark.parametrize(
    ("method", "is_tolerated"), [("GET", True), ("HEAD", True), ("DELETE", False), ("POST", False)]
)
def test_only_reads_tolerate_unknown_parameters(method: str, is_tolerated: bool) -> None:
    request = RequestFactory().generic(method, "/", QUERY_STRING="symbol=X&wibble=1")
    if is_tolerated:
        assert read_query(request, Wanted).symbol == "X"
    else:
        with pytest.raises(BadParameter, match="wibble: unknown field"):
            read_query(request, Wanted)


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        ("symbol=a%20b", Wanted("a b")),
        ("symbol=a+b", Wanted("a+b")),
        ("symbol=%C3%A9&", Wanted("é")),
        ("count=5&flag=true", Wanted(count=5, flag=True)),
        ("flag=True", Wanted(flag=True)),
        ("flag=False&unknown", Wanted()),
        ("quantity=0.5", Wanted(quantity=Decimal("0.5"))),
        ("", Wanted()),
    ],
)
def test_query_is_read(raw: str, wanted: Wanted) -> None:
    assert query(raw) == wanted


@pytest.mark.parametrize(
    "raw",
    ["count=x", "count=1&count=2", "symbol=%ff", "symbol=%00", "count=" + "9" * 5000, "flag=maybe", "quantity=NaN"],
)
def test_invalid_query_is_rejected(raw: str) -> None:
    with pytest.raises(BadParameter):
        query(raw)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["symbol", "quantity", "count", "legs"]), inner),
)


@given(JSON)
def test_any_json_is_read_or_rejected(content: object) -> None:
    with suppress(BadParameter):  # anything else would be a 500
        body(json.dumps(content).encode())


@given(st.binary())
def test_any_bytes_are_read_or_rejected(raw: bytes) -> None:
    with suppress(BadParameter):  # anything else would be a 500
        body(raw)


@given(st.text(st.characters(codec="ascii")))
def test_any_query_is_read_or_rejected(raw: str) -> None:
    with suppress(BadParameter):  # anything else would be a 500
        query(raw)
