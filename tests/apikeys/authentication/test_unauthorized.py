"""Requests without a proven key all get the same response."""

import base64
import json
from typing import Any

import base58
import pytest
from nacl.signing import SigningKey

from apikeys.crypto import credentials
from apikeys.models import ApiKey, Kind
from tests.support.api_clients import UNAUTHORIZED, ApiClient, BearerClient, SignedClient, reason
from tests.support.factories import BOTH, IssuedKey, make_key

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_budgets")]


def wrong_authorizations(issued: IssuedKey) -> dict[str, str]:
    token = issued.secret
    public_id, secret = token[4:20], token[21:]
    return {
        "empty": "",
        "scheme only": "Bearer",
        "scheme and a space": "Bearer ",
        "no scheme": token,
        "glued": f"Bearer{token}",
        "another scheme": f"Token {token}",
        "basic": "Basic " + base64.b64encode(f"{token}:".encode()).decode(),
        "quoted": f'Bearer "{token}"',
        "comma": f"Bearer {token},",
        "equals": f"Bearer {token}=",
        "two spaces": f"Bearer  {token}",
        "newline": f"Bearer {token}\n",
        "twice": f"Bearer {token},Bearer {token}",
        "with another": f"Bearer {token},Bearer x",
        "another first": f"Bearer x,Bearer {token}",
        "space inside": f"Bearer {token[:30]} {token[30:]}",
        "cut": f"Bearer {token[:-1]}",
        "last character": f"Bearer {token[:-1]}{'a' if token[-1] != 'a' else 'b'}",
        "one more": f"Bearer {token}A",
        "case swapped": f"Bearer ptk_{public_id}_{secret.swapcase()}",
        "upper case": f"Bearer {token.upper()}",
        "no secret": f"Bearer ptk_{public_id}_",
        "id only": f"Bearer ptk_{public_id}",
        "no prefix": f"Bearer {public_id}_{secret}",
        "wrong prefix": f"Bearer xxxx_{public_id}_{secret}",
        "dashes": f"Bearer ptk-{public_id}-{secret}",
        "unknown id": f"Bearer ptk_{'z' * 16}_{secret}",
        "sql": f"Bearer ptk_'OR'1'='1_{secret}",
        "7000 letters": f"Bearer ptk_{public_id}_{'A' * 7000}",
        "jwt": "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.",
        "not ascii": "Bearer ptk_é",
    }


NAMES_OF_WRONG_AUTHORIZATIONS = list(wrong_authorizations(IssuedKey(ApiKey(), "x" * 70)))


@pytest.mark.parametrize("name", NAMES_OF_WRONG_AUTHORIZATIONS)
@pytest.mark.parametrize("after_a_success", [False, True])
def test_invalid_authorization_is_unauthorized(name: str, after_a_success: bool) -> None:
    issued = make_key(kind=Kind.BEARER)
    if after_a_success:
        assert issued.client().get("/v1/whoami").status_code == 200
    value = wrong_authorizations(issued)[name]
    assert reason(ApiClient().get("/v1/whoami", headers={"Authorization": value})) == UNAUTHORIZED


def test_wrong_secret_with_a_valid_checksum_is_unauthorized() -> None:
    issued, other = make_key(kind=Kind.BEARER), make_key(kind=Kind.BEARER)
    body = f"{issued.secret[:21]}{other.secret[21:64]}"
    assert reason(BearerClient(body + credentials.checksum(body)).get("/v1/whoami")) == UNAUTHORIZED


@pytest.mark.parametrize("header", ["X-API-Key", "Cookie", "X-Authorization"])
def test_token_in_another_header_is_ignored(header: str) -> None:
    issued = make_key(kind=Kind.BEARER)
    value = f"token={issued.secret}" if header == "Cookie" else issued.secret
    assert reason(ApiClient().get("/v1/whoami", headers={header: value})) == UNAUTHORIZED


def wrong_signed_headers(client: SignedClient) -> dict[str, dict[str, str | None]]:
    good = client.sign(b"GET/v1/whoami")
    signature = base64.urlsafe_b64decode(good["orderly-signature"])
    stranger = SigningKey(b"\7" * 32)
    nobody = "ed25519:" + base58.b58encode(bytes(stranger.verify_key)).decode()
    signed_by_nobody = stranger.sign(good["orderly-timestamp"].encode() + b"GET/v1/whoami").signature

    def encoded(raw: bytes) -> str:
        return base64.urlsafe_b64encode(raw).decode()

    return {
        "no signature": {"orderly-signature": None},
        "no key": {"orderly-key": None},
        "no account": {"orderly-account-id": None},
        "no timestamp": {"orderly-timestamp": None},
        "empty signature": {"orderly-signature": ""},
        "zero signature": {"orderly-signature": encoded(b"\0" * 64)},
        "first byte": {"orderly-signature": encoded(bytes([signature[0] ^ 1]) + signature[1:])},
        "halves swapped": {"orderly-signature": encoded(signature[32:] + signature[:32])},
        "63 bytes": {"orderly-signature": encoded(signature[:63])},
        "65 bytes": {"orderly-signature": encoded(signature + b"\0")},
        "hex": {"orderly-signature": signature.hex()},
        "twice": {"orderly-signature": f"{good['orderly-signature']},{good['orderly-signature']}"},
        "mock": {"orderly-signature": "mock_signature", "orderly-timestamp": "mock_timestamp"},
        "key of nobody": {"orderly-key": nobody, "orderly-signature": encoded(signed_by_nobody)},
        "account of nobody": {"orderly-account-id": "0x" + "0" * 64},
        "account in no form": {"orderly-account-id": "é" * 66},
        "another curve": {"orderly-key": "secp256k1:" + client.key.removeprefix("ed25519:")},
        "7000-letter key": {"orderly-key": "ed25519:" + "A" * 7000},
        "short key": {"orderly-key": "ed25519:1"},
        "timestamp 0": {"orderly-timestamp": "0"},
        "timestamp in seconds": {"orderly-timestamp": good["orderly-timestamp"][:10]},
        "timestamp with a fraction": {"orderly-timestamp": good["orderly-timestamp"] + ".5"},
        "with a bearer header": {"Authorization": "Bearer x"},
    }


@pytest.mark.parametrize("name", list(wrong_signed_headers(SignedClient("ed25519:x", "1" * 32, ""))))
def test_invalid_signing_headers_are_unauthorized(name: str) -> None:
    client = make_key().client()
    headers = client.sign(b"GET/v1/whoami") | wrong_signed_headers(client)[name]
    sent = {header: value for header, value in headers.items() if value is not None}
    assert reason(ApiClient().get("/v1/whoami", headers=sent)) == UNAUTHORIZED


def test_signature_together_with_a_token_is_unauthorized() -> None:
    signing, bearer = make_key(), make_key(kind=Kind.BEARER)
    headers = {"Authorization": f"Bearer {bearer.secret}"}
    assert reason(signing.client().get("/v1/whoami", headers=headers)) == UNAUTHORIZED


def test_bearer_token_id_is_not_a_signing_key() -> None:
    issued = make_key(kind=Kind.BEARER)
    ApiKey.objects.filter(pk=issued.key.pk).update(
        kind=Kind.SIGNING, public_id="ed25519:x", secret_hash="", secret_prefix_digest=""
    )
    assert reason(issued.client().get("/v1/whoami")) == UNAUTHORIZED


def test_signature_for_another_target_is_unauthorized() -> None:
    client = make_key(permissions=BOTH).client()
    assert reason(client.get("/v1/client/info", headers=client.sign(b"GET/v1/whoami"))) == UNAUTHORIZED


def test_view_gets_the_target_that_was_signed() -> None:
    client = make_key(permissions=BOTH).client()
    headers = client.sign(b"GET/v1/whoami")
    response = client.http.generic("GET", "/v1/client/key_info", headers=headers, RAW_URI="/v1/whoami")
    assert reason(response) == UNAUTHORIZED


def test_server_without_the_raw_target_is_reported() -> None:
    client = make_key().client()
    response = client.http.get("/v1/whoami", headers=client.sign(b"GET/v1/whoami"))
    assert reason(response) == (500, -1000, "internal_error")


def test_all_unauthorized_requests_get_the_same_response() -> None:
    bearer, client = make_key(kind=Kind.BEARER), make_key().client()
    answers = set()
    for value in wrong_authorizations(bearer).values():
        answers.add(without_time(ApiClient().get("/v1/whoami", headers={"Authorization": value})))
    for changes in wrong_signed_headers(client).values():
        headers = {k: v for k, v in (client.sign(b"GET/v1/whoami") | changes).items() if v is not None}
        answers.add(without_time(ApiClient().get("/v1/whoami", headers=headers)))
    assert len(answers) == 1


def without_time(response: Any) -> str:
    body = {name: value for name, value in response.json().items() if name not in ("timestamp", "request_id")}
    headers = {name: value for name, value in response.items() if name != "X-Request-Id"}
    return json.dumps([response.status_code, body, headers, str(response.cookies)])


def test_unauthorized_response_asks_for_a_bearer_token() -> None:
    assert ApiClient().get("/v1/whoami")["WWW-Authenticate"] == 'Bearer realm="PERPTools"'
