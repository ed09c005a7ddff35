"""Attacks that once succeeded."""

import json
import pickle
import time
from ipaddress import ip_network
from typing import Any
from unittest.mock import patch

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.core.cache.backends.redis import RedisCache
from django.test import Client, RequestFactory
from nacl.signing import SigningKey

from apikeys.crypto import credentials, request_signing
from apikeys.keys import leak_response
from apikeys.leaks import detection
from apikeys.models import Kind
from perptools.cache import Serializer
from perptools.trading.models import Order
from perptools.wsgi import application
from tests.support.api_clients import ApiClient, SignedClient, reason
from tests.support.browser_client import text
from tests.support.factories import BOTH, IssuedKey, make_key, make_trader

pytestmark = pytest.mark.django_db

ORDER = b'{"symbol":"PERP_BTC_USDC"}'
PASSWORD = "correct-horse-9"


def is_paused(issued: IssuedKey) -> bool:
    issued.key.refresh_from_db()
    return issued.key.paused_at is not None


def visitor(user: User | None = None) -> Client:
    client = Client(raise_request_exception=False)
    if user:
        client.force_login(user)
    return client


# -- Which keys exist ------------------------------------------------------------------------------------------------


def with_another_key(client: SignedClient) -> SignedClient:
    """A client with a valid signature of an unknown key."""
    stranger = SigningKey.generate()
    client.key, client.signing_key = credentials.write_public_key(bytes(stranger.verify_key)), stranger
    return client


@pytest.mark.parametrize("target", ["/v1/order", "/v1/order?a=%2C"])
def test_unknown_key_costs_the_same_work_as_a_wrong_signature(target: str) -> None:
    real, nobody = make_key().client(), with_another_key(make_key().client())
    real.signing_key = SigningKey.generate()
    verified = []
    for client in (real, nobody):
        with patch.object(request_signing, "crypto_sign_open", wraps=request_signing.crypto_sign_open) as verify:
            assert client.post(target, ORDER).status_code == 401
        verified.append([len(call.args[0]) for call in verify.call_args_list])
    assert verified[0] == verified[1] != []


# -- Secrets on the way ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "plain", "escaped"), [(Kind.SIGNING, ":", "%3A"), (Kind.BEARER, "_", "%5F")])
def test_escaped_secret_in_a_query_pauses_its_key(kind: Kind, plain: str, escaped: str) -> None:
    issued = make_key(kind=kind)
    ApiClient().get(f"/v1/whoami?secret={issued.secret.replace(plain, escaped)}")
    assert is_paused(issued)


def test_secret_in_a_long_query_pauses_its_key() -> None:
    issued = make_key(kind=Kind.BEARER)
    ApiClient().get(f"/v1/whoami?a={'-' * 3000}&token={issued.secret}")
    assert is_paused(issued)


def test_query_full_of_secrets_costs_as_much_as_a_few() -> None:
    query = "&".join(credentials.mint_signing_key().secret for _ in range(30))
    with patch.object(credentials, "public_id_of_seed", wraps=credentials.public_id_of_seed) as derive:
        ApiClient().get(f"/v1/whoami?{query}")
    assert derive.call_count <= detection.MOST_SECRETS_TRIED


@pytest.mark.parametrize("kind", list(Kind))
def test_known_leak_takes_no_lock_again(kind: Kind) -> None:
    issued = make_key(kind=kind)
    ApiClient().get(f"/v1/whoami?token={issued.secret}")
    with patch.object(leak_response, "pause_leaked") as pause_leaked:
        ApiClient().get(f"/v1/whoami?token={issued.secret}")
    assert not pause_leaked.called


@pytest.mark.parametrize(
    ("target", "authorization"),
    [("/v1/whoami", "bearer {}"), ("/v1/nothing", "Bearer {}"), ("/v1/whoami?token={}", "")],
)
def test_token_over_plain_http_pauses_its_key_in_any_form(target: str, authorization: str, settings: Any) -> None:
    settings.HTTPS, settings.TRUSTED_PROXIES = True, (ip_network("127.0.0.1"),)
    issued = make_key(kind=Kind.BEARER)
    headers = {"Authorization": authorization.format(issued.secret), "X-Forwarded-For": "203.0.113.9"}
    ApiClient().get(target.format(issued.secret), headers=headers)
    assert is_paused(issued)


# -- A session that somebody finds open ------------------------------------------------------------------------------


def test_old_session_cannot_add_an_address_for_a_password_reset() -> None:
    user = make_trader(password=PASSWORD)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    thief = visitor(user)
    answer = thief.post("/account/email/", {"email": "thief@example.com", "action_add": ""})
    assert "/account/reauthenticate/" in answer["Location"]
    assert not EmailAddress.objects.filter(email="thief@example.com").exists()


# -- What Django, or a database, trips over --------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["public/info/{}", "public/futures/{}", "orderbook/{}", "client/order/{}"])
def test_path_with_nul_is_not_found(path: str) -> None:
    answer = make_key().client().request("GET", f"/v1/{path.format('%00')}")
    assert reason(answer) == (404, -1000, "path_not_found")


@pytest.mark.parametrize("charset", ["idna", "undefined", "utf-8"])
@pytest.mark.parametrize("named", ["; charset={}", ';CHARSET = "{}"', "; charset*=x''{}"])
@pytest.mark.parametrize("target", ["/guide/check-signature", "/v1/public/system_info"])
def test_invalid_charset_is_ignored(charset: str, named: str, target: str) -> None:
    query = "a=%41%ff" + "&a" * 1500  # more fields than Django reads
    meta = RequestFactory().get(target, QUERY_STRING=query).META
    statuses: list[str] = []
    application(
        meta | {"CONTENT_TYPE": f"text/plain{named.format(charset)}"}, lambda status, *_: statuses.append(status)
    )
    assert statuses == ["200 OK"]


@pytest.mark.parametrize("entry", ['"\\ud800"', '["\\ud800"]', '"A\\u0000B"'])
def test_incomplete_character_in_a_list_is_a_bad_parameter(entry: str) -> None:
    issued = make_key(permissions=BOTH)
    answer = issued.client().post("/v1/batch-order", f'{{"orders":[{entry}]}}'.encode())
    assert reason(answer) == (400, -1005, "bad_parameter")
    assert not Order.objects.exists()


def test_session_with_nul_belongs_to_nobody() -> None:
    answer = visitor().get("/portfolio/api-keys/", HTTP_COOKIE=r'session="aaaaaaaa\000"')
    assert "Sign in to see your API keys" in text(answer)
    assert not answer.wsgi_request.user.is_authenticated


@pytest.mark.parametrize("escaped", [False, True])
def test_invalid_current_url_is_ignored(escaped: bool) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http%3A//%5B" if escaped else "http://["}
    headers |= {"HX-Current-URL-URI-AutoEncoded": "true"} if escaped else {}
    issued = make_key()
    address = f"/portfolio/api-keys/{issued.key.pk}/pause/"
    assert visitor().post(address, headers=headers)["HX-Redirect"].endswith(f"?next={address}&ended=1")
    assert visitor(issued.key.account.user).post(address, headers=headers).status_code == 200


# -- Whoever reads or writes beside the gate -------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["secret_hash", "secret_prefix_digest", "idempotency_key"])
def test_admin_cannot_guess_hidden_values_letter_by_letter(field: str) -> None:
    admin = visitor(User.objects.create_superuser("root", "root@example.com", PASSWORD))
    assert admin.get("/admin/apikeys/apikey/", {f"{field}__startswith": "0"}).status_code == 400


class Trap:
    def __reduce__(self) -> Any:
        return time.sleep, (0,)


def test_foreign_values_in_redis_are_never_executed() -> None:
    with pytest.raises(ValueError, match="decode"):
        Serializer().loads(pickle.dumps(Trap()))


@pytest.mark.parametrize("value", [0, 7, True, [1.5, 2.5]])
def test_redis_returns_what_was_stored(value: object) -> None:
    cache = RedisCache("redis://127.0.0.1", {"OPTIONS": {"serializer": "perptools.cache.Serializer"}})
    kept = cache._cache._serializer.dumps(value)  # type: ignore[attr-defined]
    assert Serializer().loads(str(kept).encode()) == json.loads(json.dumps(value))
