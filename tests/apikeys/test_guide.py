"""The API guide is complete, and all its figures are right."""

import base64
import json
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import base58
import pytest
from django.template.loader import render_to_string
from django.test import Client
from nacl.signing import SigningKey, VerifyKey

import perptools.trading.errors
from apikeys import guide as api_guide
from apikeys.crypto import credentials, secret_scanning
from apikeys.guide import EXAMPLE
from apikeys.http import responses
from apikeys.http.errors import ApiError
from tests.support.browser_client import text

HOUSES = {"apikeys.http.errors", perptools.trading.errors.__name__}
ERRORS = sorted(
    {error for error in api_guide.every_error() if error.__module__ in HOUSES}, key=lambda error: error.reason
)


@pytest.fixture(scope="module")
def page() -> str:
    return Client().get("/guide").content.decode()


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.reason)
def test_every_error_has_its_section_with_cause_and_fix(page: str, error: type[ApiError]) -> None:
    fragment = responses.help_url(error.reason).partition("#")[2]
    section = re.search(rf'<tr id="{fragment}".*?</tr>', page, flags=re.S)
    assert section
    shown = unescape(section[0])
    assert f"<p>{error.cause}</p>" in shown
    assert f"What to do:</strong> {error.fix}</p>" in shown
    assert f"<td>{error.status}</td><td>{error.code}</td>" in shown


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.reason)
def test_every_error_has_cause_and_fix(error: type[ApiError]) -> None:
    """Not its base class's, which are about something else."""
    assert {"cause", "fix", "reason", "message"} <= vars(error).keys()
    assert error.cause.strip().endswith(".")
    assert error.fix.strip().endswith(".")


def test_help_link_of_a_rejection_leads_to_the_guide() -> None:
    path, _, section = responses.help_url("unauthorized").removeprefix("http://127.0.0.1:8000").partition("#")
    assert f'id="{section}"' in Client().get(path).content.decode()


def test_reasons_are_unique() -> None:
    assert len({error.reason for error in ERRORS}) == len(ERRORS)


def test_every_endpoint_is_listed(page: str) -> None:
    assert "GET /v1/whoami" in text(Client().get("/guide"))
    assert {"/v1/order", "/v1/orders", "/v1/client/holding"} <= {endpoint.path for endpoint in api_guide.endpoints()}


def test_placeholders_in_paths_are_written_in_braces() -> None:
    assert not [endpoint.path for endpoint in api_guide.endpoints() if "<" in endpoint.path]


def test_signature_of_the_worked_example_is_valid() -> None:
    signer = SigningKey(base58.b58decode(EXAMPLE.secret.removeprefix("ed25519:")))
    signed = signer.sign(EXAMPLE.text.encode()).signature
    assert signed == base64.urlsafe_b64decode(EXAMPLE.signature)


def test_key_of_the_worked_example_belongs_to_its_secret() -> None:
    signer = SigningKey(base58.b58decode(EXAMPLE.secret.removeprefix("ed25519:")))
    assert signer.verify_key == VerifyKey(base58.b58decode(EXAMPLE.key.removeprefix("ed25519:")))


def test_worked_example_is_on_the_page_as_signed(page: str) -> None:
    shown = text(Client().get("/guide")).replace("&quot;", '"')
    assert f"{EXAMPLE.timestamp}POST/v1/order{EXAMPLE.body}" in shown
    assert json.loads(EXAMPLE.body)["symbol"] == "PERP_BTC_USDC"


def test_every_link_within_the_page_has_a_target(page: str) -> None:
    places = set(re.findall(r'id="([^"]+)"', page))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= places


def test_ids_are_unique(page: str) -> None:
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))


# -- For secret scanners --------------------------------------------------------------------------------------------


def scanner() -> Callable[[str], bool]:
    """The guide's program that finds tokens, run as pasted."""
    place: dict[str, Any] = {}
    exec(render_to_string("apikeys/guide/snippets/secret_scanning.txt"), place)
    is_token: Callable[[str], bool] = place["is_token"]
    return is_token


def test_published_rule_finds_all_tokens_and_nothing_else() -> None:
    is_token, token = scanner(), credentials.mint_bearer_token().secret
    assert is_token(token)
    assert not is_token(token[:-1] + ("0" if token[-1] != "0" else "1"))
    assert not is_token(token.lower())


def test_published_expression_is_the_one_in_the_code(page: str) -> None:
    assert f'<code translate="no">{secret_scanning.TOKEN_PATTERN}</code>' in page
    assert re.fullmatch(secret_scanning.TOKEN_PATTERN, credentials.mint_bearer_token().secret)


def test_guide_links_to_the_leak_report(page: str) -> None:
    assert 'href="/report-a-leak/"' in page
