"""The signature checker names every usual fault, repeats no secret, and never fails."""

import base64
import json
from dataclasses import replace

import base58
import pytest
from django.test import Client
from hypothesis import example, given
from hypothesis import strategies as st
from nacl.signing import SigningKey

from apikeys.crypto import credentials
from apikeys.guide import EXAMPLE
from apikeys.signature_checker import checker
from apikeys.signature_checker.sent_call import Report, Sent
from apikeys.signature_checker.text_diff import first_difference
from tests.support.browser_client import text

HOST = "https://api.example.com"
NOW = int(EXAMPLE.timestamp)
SIGNER = SigningKey(base58.b58decode(EXAMPLE.secret.removeprefix("ed25519:")))
RIGHT = Sent(EXAMPLE.method, EXAMPLE.target, EXAMPLE.timestamp, EXAMPLE.body, EXAMPLE.key, EXAMPLE.signature)
QUERY = "/v1/orders?symbol=PERP_BTC_USDC&size=5"
BODY = json.loads(EXAMPLE.body)


def signature(signed: str, signer: SigningKey = SIGNER) -> str:
    return base64.urlsafe_b64encode(signer.sign(signed.encode()).signature).decode()


def check(sent: Sent, now_ms: int = NOW) -> Report:
    return checker.check(sent, now_ms, HOST)


def signed(by: str, method: str = "POST", target: str = "/v1/order", body: str = EXAMPLE.body) -> Sent:
    """Return a request with a signature of another text."""
    return Sent(method, target, EXAMPLE.timestamp, body, EXAMPLE.key, signature(by))


def test_valid_signature_has_no_faults() -> None:
    report = check(RIGHT)
    assert (report.holds, report.faults, report.texts) == (True, (), (EXAMPLE.text,))


@pytest.mark.parametrize("target", ["/v1/orders?symbols=A%2CB", "/v1/order/a%20b"])
def test_both_forms_of_a_target_are_shown_and_valid(target: str) -> None:
    decoded = target.replace("%2C", ",").replace("%20", " ")
    report = check(signed(f"{EXAMPLE.timestamp}GET{decoded}", "GET", target, ""))
    assert report.texts == (f"{EXAMPLE.timestamp}GET{target}", f"{EXAMPLE.timestamp}GET{decoded}")
    assert report.holds


T = EXAMPLE.timestamp
SIGNED_INSTEAD = [
    (signed(f"{T}post/v1/order{EXAMPLE.body}"), "method in lower case"),
    (signed(f"{T}/v1/order{EXAMPLE.body}"), "didn’t sign the method"),
    (signed(f"{T}POST{HOST}/v1/order{EXAMPLE.body}"), "with its host"),
    (signed(f"{T}POST/order{EXAMPLE.body}"), "without /v1"),
    (signed(f"{T}GET/v1/orders", "GET", QUERY, ""), "without its query"),
    (signed(f"{T}GET{QUERY.replace('?', '')}", "GET", QUERY, ""), "without the ?"),
    (signed(f"{T}GET/v1/orders?size=5&symbol=PERP_BTC_USDC", "GET", QUERY, ""), "in another order"),
    (signed(f"{T}GET/v1/order?a=b=c", "GET", "/v1/order?a=b%3Dc", ""), "signed the decoded target"),
    (signed(f"{T}GET/v1/orders?a=b%2Cc", "GET", "/v1/orders?a=b,c", ""), "signed the encoded query"),
    (signed(f"{T}POST/v1/order"), "signed an empty body"),
    (signed(f"{T}POST/v1/order{json.dumps(BODY)}"), "with spaces"),
    (signed(f"{T}POST/v1/order{json.dumps(BODY, separators=(',', ':'), sort_keys=True)}"), "keys sorted"),
    (signed(f"{T}POST/v1/order{EXAMPLE.body}", body=json.dumps(BODY)), "without spaces"),
    (signed(f"{T}POST/v1/order{EXAMPLE.body}\n"), "with a line end after it"),
    (signed(f"{T[:10]}POST/v1/order{EXAMPLE.body}"), "a different timestamp than the header has: in seconds"),
    (signed(f"POST/v1/order{EXAMPLE.body}"), "header has: none"),
    (signed("something else"), "another key’s secret, or another text"),
    (replace(RIGHT, signature=signature(EXAMPLE.text, SigningKey(b"\1" * 32))), "another key’s secret"),
]


@pytest.mark.parametrize(("sent", "said"), SIGNED_INSTEAD, ids=[said for _, said in SIGNED_INSTEAD])
def test_text_that_was_signed_instead_is_named(sent: Sent, said: str) -> None:
    report = check(sent)
    assert not report.holds
    assert said in report.faults[0]


def test_two_mistakes_are_both_named() -> None:
    faults = check(signed(f"{T}get/v1/orders", "GET", QUERY, "")).faults
    assert ["lower case" in faults[0], "without its query" in faults[1]] == [True, True]


ON_THE_FACE_OF_IT = [
    ({"timestamp": T[:10]}, "in seconds"),
    ({"timestamp": T + "000"}, "in microseconds"),
    ({"timestamp": T + "000000"}, "in nanoseconds"),
    ({"timestamp": "yesterday"}, "must be 13 digits"),
    ({"target": "/order"}, "does not start with /v1/"),
    ({"target": "/v1/orders&size=5"}, "Put a ? before"),
    ({"target": "/v1/order?a={"}, "contains a {"),
    ({"target": "/v1/order?a=b c"}, "Percent-encode the target’s"),
    ({"body": "[1]"}, "start with {"),
    ({"body": " {}"}, "start with {"),
    ({"body": "{"}, "isn’t a JSON object"),
    ({"key": ""}, "orderly-key is missing"),
    ({"key": "0x" + "ab" * 32}, "so it is an Account ID"),
    ({"key": "ed25519:abc"}, "43 or 44 base58 characters"),
    ({"key": f" {EXAMPLE.key}"}, "spaces around the orderly-key"),
    ({"signature": ""}, "orderly-signature is missing"),
    ({"signature": SIGNER.sign(EXAMPLE.text.encode()).signature.hex()}, "in hexadecimal"),
    ({"signature": EXAMPLE.signature[:-6]}, "must be 64"),
    ({"signature": EXAMPLE.signature.replace("_", "/", 1)}, "mixes the two"),
    ({"signature": EXAMPLE.signature[:-1]}, "padding is wrong"),
    ({"signature": f" {EXAMPLE.signature}"}, "spaces around the signature"),
    ({"signature": EXAMPLE.signature[:85] + "R"}, "last character was changed"),
    ({"signature": "!" * 86}, "not base64"),
]


@pytest.mark.parametrize(("change", "said"), ON_THE_FACE_OF_IT, ids=[said for _, said in ON_THE_FACE_OF_IT])
def test_malformed_part_is_named(change: dict[str, str], said: str) -> None:
    assert said in " ".join(check(replace(RIGHT, **change)).faults)


@pytest.mark.parametrize(
    ("later_s", "said"),
    [
        (400, "400 seconds old"),
        (-400, "400 seconds in the future"),
        (50_000, "13 hours old"),
        (-300_000, "3 days in the future"),
    ],
)
def test_stale_timestamp_is_reported_and_the_signature_is_valid(later_s: int, said: str) -> None:
    report = check(RIGHT, NOW + later_s * 1000)
    assert report.holds
    assert said in report.faults[0]


def test_own_text_is_compared_character_by_character() -> None:
    report = check(replace(signed("x"), signed=EXAMPLE.text.replace('"symbol"', '"symbol" ')))
    assert report.difference
    assert report.difference.position == EXAMPLE.text.index('"symbol"') + 9
    assert (report.difference.expected, report.difference.found) == (":", "␣")


HIDDEN = {"a\n": "⏎", "a\t": "⇥", "a\u200b": "‹U+200B›", "a\xa0": "‹U+00A0›", "a": "the text ends here"}


@pytest.mark.parametrize(("found", "shown"), HIDDEN.items(), ids=map(repr, HIDDEN))
def test_invisible_characters_are_shown(found: str, shown: str) -> None:
    assert first_difference("ab", found).found == shown


# -- A secret that is pasted ----------------------------------------------------------------------------------------

PEM = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA\n-----END PRIVATE KEY-----"
TOKEN = credentials.mint_bearer_token().secret


@pytest.mark.parametrize("name", ["target", "body", "key", "signature", "signed"])
@pytest.mark.parametrize(
    "secret",
    [EXAMPLE.secret, EXAMPLE.secret.removeprefix("ed25519:"), PEM, TOKEN],
    ids=["seed", "bare", "pem", "token"],
)
def test_secret_stops_the_check(name: str, secret: str) -> None:
    assert check(replace(RIGHT, **{name: secret})) == Report(secret_pasted=True)


seeds = st.binary(min_size=32, max_size=32)


@given(seeds, st.booleans())
@example(bytes(32), True)
def test_pasted_seed_is_never_repeated(seed: bytes, prefixed: bool) -> None:
    encoded = base58.b58encode(seed).decode()
    signer = SigningKey(seed)
    pasted = f"ed25519:{encoded}" if prefixed else encoded
    for sent in (
        replace(RIGHT, key=pasted),
        replace(RIGHT, key=pasted, signature=signature(EXAMPLE.text, signer)),
        replace(RIGHT, key=credentials.write_public_key(bytes(signer.verify_key)), signed=f"x {pasted} y"),
    ):
        assert encoded not in repr(check(sent))


parts = st.text(max_size=60) | st.sampled_from([RIGHT.method, RIGHT.target, T, RIGHT.body, RIGHT.key])


@given(st.builds(Sent, parts, parts, parts, parts, parts, parts, parts))
@example(replace(RIGHT, body='{"a":"\\ud800"}'))
@example(replace(RIGHT, body='{"a":' * 5_000))
@example(replace(RIGHT, body='{"a":' + "9" * 5_000 + "}"))
@example(replace(RIGHT, target="/v1/a?b=\ud800", body="\ud800", signed="\ud800"))
def test_no_input_makes_it_fail(sent: Sent) -> None:
    assert isinstance(check(sent), Report)


# -- On the page ----------------------------------------------------------------------------------------------------


def post(sent: Sent, **headers: str) -> str:
    fields = {name: getattr(sent, name) for name in Sent.__slots__}
    response = Client().post("/guide/check-signature", fields, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def test_anyone_can_check_a_signature() -> None:
    assert "The signature is valid" in post(RIGHT)


def test_guide_receives_only_the_report() -> None:
    answer = post(RIGHT, **{"HX-Request": "true", "HX-Target": "signature-report"})
    assert ("<form" in answer, EXAMPLE.key in answer, "The signature is valid" in answer) == (False, False, True)


def test_pasted_secret_is_warned_about_and_not_sent_back() -> None:
    answer = post(replace(RIGHT, key=EXAMPLE.secret))
    assert ("may have leaked" in answer, EXAMPLE.secret[8:] in answer) == (True, False)


def test_too_long_field_is_rejected_by_name() -> None:
    assert "Target: Ensure this value has at most 4000 characters" in post(replace(RIGHT, target="/v1/" + "a" * 5_000))


def test_pasted_text_is_escaped() -> None:
    assert "<img src=x>" not in post(replace(RIGHT, body='{"a":"<img src=x>"}', signed="<img src=x>"))


def test_check_requires_the_csrf_token() -> None:
    assert Client(enforce_csrf_checks=True).post("/guide/check-signature", {}).status_code == 403


def test_checker_is_in_the_guide() -> None:
    assert "Check signature" in text(Client().get("/guide"))
