import base64
import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import SigningKey

from apikeys.crypto import credentials, request_signing
from apikeys.crypto.request_signing import Malformed, Target

VECTORS = json.loads((Path(__file__).parent / "signature-vectors.json").read_text())["vectors"]
KEY = SigningKey(b"\1" * 32)


def holds(vector: dict[str, Any]) -> bool:
    headers = vector["headers"]
    try:
        public_key = credentials.decode_public_key(headers["orderly-key"])
        request_signing.read_timestamp(headers["orderly-timestamp"])
        signature = request_signing.read_signature(headers["orderly-signature"])
        target = Target.read(vector["target"])
        texts = request_signing.signed_texts(
            headers["orderly-timestamp"], vector["method"], target, vector["body"].encode()
        )
    except (Malformed, KeyError):
        return False
    return public_key is not None and request_signing.holds(public_key, signature, texts)


@pytest.mark.parametrize(
    "vector", VECTORS, ids=lambda v: f"{v['client']}-{v['method']}-{v['target'][:40]}-{v['valid']}"
)
def test_recorded_signature_of_a_real_client(vector: dict[str, Any]) -> None:
    assert holds(vector) == vector["valid"]


def signed(text: str, *, method: str, target: str, body: bytes = b"") -> bool:
    """Sign `1795346407644` + text, and verify it for the given request."""
    signature = KEY.sign(b"1795346407644" + text.encode()).signature
    try:
        texts = request_signing.signed_texts("1795346407644", method, Target.read(target), body)
    except Malformed:
        return False
    return request_signing.holds(bytes(KEY.verify_key), signature, texts)


@pytest.mark.parametrize(
    "target",
    [
        "/v1/orders?b=2&a=1",
        "/v1/orders?a%5Fb=1",
        "/v1/orders?a=x+y",
        "/v1/orders?a=x%20y",
        "/v1/orders?bare",
        "/v1/orders?a=1&",
        "/v1/orders?",
        "/v1/orders?a[]=1",
        "/v1/order/caf%C3%A9",
    ],
)
def test_target_signed_as_on_the_wire_is_accepted(target: str) -> None:
    assert signed(f"GET{target}", method="GET", target=target)


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("/v1/batch-order?order_ids=1,2", "/v1/batch-order?order_ids=1%2C2"),
        ("/v1/x?key=ed25519:abc", "/v1/x?key=ed25519%3Aabc"),
        ("/v1/x?a=ü", "/v1/x?a=%C3%BC"),
    ],
)
def test_target_signed_percent_decoded_is_accepted(text: str, target: str) -> None:
    assert signed(f"GET{text}", method="GET", target=target)


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("GET/v1/x?a=1&b=2", "/v1/x?b=2&a=1"),
        ("GET/v1/x?a=1", "/v1/x?a=1&b=2"),
        ("GET/v1/x?a=1", "/v1/x"),
        ("GET/v1/x", "/v1/x?"),
        ("GET/v1/x?a=1&b=2", "/v1/x?a=1%26b=2"),
        ("GET/v1/x?a=b=c", "/v1/x?a%3Db=c"),
        ("GET/v1/x?a=%41", "/v1/x?a=%2541"),
        ("GET/v1/x?a=a+b", "/v1/x?a=a%2Bb&"),
        ("GET/v1/order/1", "/v1/order%2F1"),
        ("GET/v1/order?1", "/v1/order%3F1"),
        ("GET/v1/y", "/v1/x"),
        ("GEThttp://host/v1/x", "/v1/x"),
        ("get/v1/x", "/v1/x"),
        ("POST/v1/x", "/v1/x"),
        ("GET/v1/x{", "/v1/x{"),
        ("GET/v1/x{", "/v1/x%7B"),
        ("GET/v1/x?a={", "/v1/x?a=%7b"),
        ("GEThttp://host/v1/x", "http://host/v1/x"),
        ("GET/v1/x#f", "/v1/x#f"),
        ("GET/v1/%ff", "/v1/%ff"),
        ("GET/v1/x%2", "/v1/x%2"),
        ("GET/v2/x", "/v2/x"),
    ],
)
def test_target_that_was_not_signed_is_rejected(text: str, target: str) -> None:
    assert not signed(text, method="GET", target=target)


def test_plus_in_a_query_stays_a_plus() -> None:
    assert not signed("GET/v1/x?a=a b", method="GET", target="/v1/x?a=a+b")


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ('{"a":1}', b'{"a":2}'),
        ('{"a":1}', b'{"a": 1}'),
        ('{"a":1,"b":2}', b'{"b":2,"a":1}'),
        ("", b'{"a":1}'),
        ('{"a":1}', b""),
    ],
)
def test_body_that_was_not_signed_is_rejected(text: str, body: bytes) -> None:
    assert not signed(f"POST/v1/order{text}", method="POST", target="/v1/order", body=body)


def test_end_of_a_query_cannot_become_a_body() -> None:
    assert not signed("DELETE/v1/order?order_id=123", method="DELETE", target="/v1/order?order_id=12", body=b"3")


def test_query_cannot_become_a_body() -> None:
    assert not signed("GET/v1/orders?symbol=X", method="GET", target="/v1/orders", body=b"?symbol=X")


def test_connectors_post_of_an_empty_string_is_signed_as_nothing() -> None:
    assert signed("POST/v1/x", method="POST", target="/v1/x", body=b'""')


def spellings(signature: bytes) -> dict[str, str]:
    standard = base64.b64encode(signature).decode()
    urlsafe = base64.urlsafe_b64encode(signature).decode()
    return {
        "standard": standard,
        "standard, unpadded": standard.rstrip("="),
        "url-safe": urlsafe,
        "url-safe, unpadded": urlsafe.rstrip("="),
    }


@given(st.binary(min_size=64, max_size=64))
def test_all_accepted_spellings_of_a_signature_are_equal(signature: bytes) -> None:
    assert {request_signing.read_signature(text) for text in spellings(signature).values()} == {signature}


@given(st.binary(min_size=64, max_size=64))
def test_signature_has_one_stored_spelling(signature: bytes) -> None:
    assert request_signing.read_signature(request_signing.write_signature(signature)) == signature


LAST = "A" * 85
GOOD = base64.urlsafe_b64encode(b"\xfb" * 64).decode().rstrip("=")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A" * 85,
        "A" * 87,
        LAST + "B",  # the same bytes as LAST + "A", with a bit that decoding drops
        GOOD + "=",
        GOOD + "====",
        GOOD[:-1] + "!",
        GOOD[:40] + "+" + GOOD[41:],  # both alphabets
        GOOD + "\n",
        "fb" * 64,
        base64.urlsafe_b64encode(b"\xfb" * 63).decode(),
        base64.urlsafe_b64encode(b"\xfb" * 65).decode(),
        "é" * 86,
    ],
)
def test_signature_in_an_unknown_spelling_is_rejected(text: str) -> None:
    with pytest.raises(Malformed):
        request_signing.read_signature(text)


@pytest.mark.parametrize(
    "text",
    ["", "0", "-1795346407644", "1795346407", "1795346407644000", "1795346407644.5", "١٧٩٥٣٤٦٤٠٧٦٤٤", " 1795346407644"],
)
def test_timestamp_that_is_not_13_digits_is_rejected(text: str) -> None:
    with pytest.raises(Malformed):
        request_signing.read_timestamp(text)


ORDER_OF_THE_CURVE = 2**252 + 27742317777372353535851937790883648493


def test_malleable_form_of_a_signature_is_rejected() -> None:
    signature = KEY.sign(b"text").signature
    other = int.from_bytes(signature[32:], "little") + ORDER_OF_THE_CURVE
    assert not request_signing.holds(bytes(KEY.verify_key), signature[:32] + other.to_bytes(32, "little"), [b"text"])


@pytest.mark.parametrize("length", [0, 31, 33])
def test_public_key_of_a_wrong_length_verifies_nothing(length: int) -> None:
    assert not request_signing.holds(b"\0" * length, b"\0" * 64, [b"text"])


@given(st.text(max_size=200))
def test_any_target_is_read_or_rejected(raw: str) -> None:
    with contextlib.suppress(Malformed):
        assert Target.read(raw).raw == raw


@given(st.binary(max_size=64), st.binary(max_size=64))
def test_signature_of_another_text_is_never_valid(text: bytes, other: bytes) -> None:
    signature = KEY.sign(text).signature
    assert request_signing.holds(bytes(KEY.verify_key), signature, [other]) == (text == other)


@given(st.text(max_size=40) | st.from_regex(r"[0-9]{12,14}"))
def test_any_timestamp_has_13_digits_or_is_rejected(text: str) -> None:
    with contextlib.suppress(Malformed):
        assert str(request_signing.read_timestamp(text)) == text.lstrip("0").rjust(1, "0")


@given(st.text(max_size=100))
def test_any_signature_has_64_bytes_or_is_rejected(text: str) -> None:
    with contextlib.suppress(Malformed):
        assert len(request_signing.read_signature(text)) == 64
