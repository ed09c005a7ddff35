"""Secrets in URLs and on plain http: the key is paused at once, its owner notified, and the client learns nothing."""

from ipaddress import ip_network
from typing import Any

import pytest
from django.core import mail

from apikeys.keys import pausing
from apikeys.models import EventKind, Kind
from tests.support.api_clients import ApiClient, reason
from tests.support.factories import IssuedKey, make_key, owner

pytestmark = pytest.mark.django_db


def is_paused(issued: IssuedKey) -> bool:
    issued.key.refresh_from_db()
    return issued.key.paused_at is not None


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("name", ["token", "api_key", "anything"])
def test_secret_in_a_query_pauses_its_key(kind: Kind, name: str) -> None:
    issued = make_key(kind=kind)
    answer = ApiClient().get(f"/v1/whoami?{name}={issued.secret}")
    assert (answer.status_code, is_paused(issued)) == (401, True)


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/public/system_info", 200),
        ("GET", "/v1/nowhere", 404),
        ("PATCH", "/v1/whoami", 405),
        ("POST", "/v1/order", 401),
    ],
)
def test_secret_in_a_query_pauses_its_key_whatever_the_response(
    kind: Kind, method: str, path: str, status: int
) -> None:
    issued = make_key(kind=kind)
    answer = ApiClient().request(method, f"{path}?token={issued.secret}")
    assert (answer.status_code, is_paused(issued)) == (status, True)


@pytest.mark.parametrize("kind", list(Kind))
def test_other_keys_secret_in_an_admitted_request_pauses_that_key(kind: Kind) -> None:
    issued, caller = make_key(kind=kind), make_key()
    answer = caller.client().get(f"/v1/whoami?token={issued.secret}")
    assert (answer.status_code, is_paused(issued), is_paused(caller)) == (200, True, False)


def test_escaped_secret_in_a_query_is_found() -> None:
    tokens, seeds = make_key(kind=Kind.BEARER), make_key()
    ApiClient().get(f"/v1/public/system_info?a={tokens.secret.replace('_', '%5F')}")
    ApiClient().get(f"/v1/public/system_info?a={seeds.secret.replace(':', '%3A')}")
    assert (is_paused(tokens), is_paused(seeds)) == (True, True)


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize(("path", "status"), [("/v1/client/order/{}", 401), ("/v1/{}/nowhere", 404)])
def test_secret_in_a_path_pauses_its_key(kind: Kind, path: str, status: int) -> None:
    issued = make_key(kind=kind)
    answer = ApiClient().get(path.format(issued.secret))
    assert (answer.status_code, is_paused(issued)) == (status, True)


def test_escaped_secret_in_a_path_is_found() -> None:
    once, twice = make_key(kind=Kind.BEARER), make_key(kind=Kind.BEARER)
    ApiClient().get(f"/v1/order/{once.secret.replace('_', '%5F')}")
    ApiClient().get(f"/v1/order/{twice.secret.replace('_', '%255F')}")
    assert (is_paused(once), is_paused(twice)) == (True, True)


def test_key_that_sends_its_secret_twice_is_paused_at_once() -> None:
    issued = make_key(kind=Kind.BEARER)
    assert issued.client().get(f"/v1/whoami?token={issued.secret}").json()["reason"] == "key_paused"


@pytest.mark.parametrize("target", [f"?order_ids={'1007,' * 100}", f"/{'client-order/' * 10}"])
def test_url_without_a_secret_costs_no_query(target: str, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        ApiClient().get(f"/v1/nowhere{target}")


def test_response_does_not_reveal_that_the_secret_was_valid() -> None:
    issued = make_key(kind=Kind.BEARER)
    answers = [
        ApiClient().get(f"/v1/whoami?token={token}").json() for token in (issued.secret, issued.secret[:-1] + "!")
    ]
    assert len({(answer["reason"], answer["message"], answer["code"]) for answer in answers}) == 1


def test_wrong_secret_in_a_query_pauses_nothing() -> None:
    issued = make_key(kind=Kind.BEARER)
    ApiClient().get(f"/v1/whoami?token={issued.secret[:30]}{'a' * 10}{issued.secret[40:]}")
    assert not is_paused(issued)


def test_public_key_in_a_query_pauses_nothing() -> None:
    issued = make_key()
    ApiClient().get(f"/v1/client/orderly_key_ip_restriction?orderly_key={issued.key.public_id}")
    assert not is_paused(issued)


def test_owner_is_notified_once(django_capture_on_commit_callbacks: Any) -> None:
    issued = make_key(kind=Kind.BEARER, name="grid bot")
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(2):
            ApiClient().get(f"/v1/whoami?token={issued.secret}")
    [message] = mail.outbox
    assert (message.to, issued.secret in message.body) == ([issued.key.account.user.email], False)


def test_event_has_the_address_and_not_the_secret() -> None:
    issued = make_key(kind=Kind.BEARER)
    ApiClient(REMOTE_ADDR="203.0.113.9").get(f"/v1/whoami?token={issued.secret}")
    event = issued.key.events.get(kind=EventKind.LEAKED)
    assert (event.address, issued.secret in event.reason) == ("203.0.113.9", False)


@pytest.mark.parametrize("kind", list(Kind))
def test_leak_of_a_paused_key_is_recorded(kind: Kind) -> None:
    issued = make_key(kind=kind)
    pausing.pause(issued.key, by=owner(issued.key.account.user))
    for _ in range(2):
        ApiClient().get(f"/v1/whoami?token={issued.secret}")
    assert issued.key.events.filter(kind=EventKind.LEAKED).count() == 1


# -- Plain http, where https is spoken ------------------------------------------------------------------------------


@pytest.fixture
def over_https(settings: Any) -> None:
    settings.HTTPS = True
    settings.TRUSTED_PROXIES = (ip_network("127.0.0.1"),)


BEHIND_THE_PROXY = {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "203.0.113.9"}


@pytest.mark.usefixtures("over_https")
@pytest.mark.parametrize(
    ("extra", "status"),
    [
        (BEHIND_THE_PROXY, 403),
        (BEHIND_THE_PROXY | {"HTTP_X_FORWARDED_PROTO": "http"}, 403),
        (BEHIND_THE_PROXY | {"HTTP_X_FORWARDED_PROTO": "https"}, 200),
        ({"REMOTE_ADDR": "203.0.113.9", "HTTP_X_FORWARDED_PROTO": "https"}, 403),
        (BEHIND_THE_PROXY | {"HTTP_X_FORWARDED_PROTO": "http, https"}, 200),
        (BEHIND_THE_PROXY | {"HTTP_X_FORWARDED_PROTO": "https, http"}, 403),
        (BEHIND_THE_PROXY | {"HTTP_X_FORWARDED_PROTO": "https,"}, 403),
        ({"REMOTE_ADDR": "127.0.0.1"}, 403),  # the proxy, for an unknown client
        ({"REMOTE_ADDR": "127.9.8.7"}, 200),
    ],
)
@pytest.mark.parametrize("kind", list(Kind))
def test_plain_http_from_other_machines_is_rejected(kind: Kind, extra: dict[str, str], status: int) -> None:
    response = make_key(kind=kind).client(**extra).get("/v1/whoami")
    rejected = "insecure_transport" if status == 403 else None
    assert (response.status_code, response.json().get("reason")) == (status, rejected)


@pytest.mark.usefixtures("over_https")
def test_token_sent_over_plain_http_pauses_its_key() -> None:
    issued = make_key(kind=Kind.BEARER)
    issued.client(**BEHIND_THE_PROXY).get("/v1/whoami")
    assert is_paused(issued)


@pytest.mark.usefixtures("over_https")
def test_signature_over_plain_http_pauses_nothing() -> None:
    issued = make_key()
    issued.client(**BEHIND_THE_PROXY).get("/v1/whoami")
    assert not is_paused(issued)


def test_api_never_redirects_to_https(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    response = ApiClient().get("/v1/whoami")
    assert (reason(response)[2], response.has_header("Location")) == ("unauthorized", False)
