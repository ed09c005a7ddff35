"""Which requests are admitted, and on which paths, through all of Django."""

from datetime import timedelta

import pytest
import time_machine
from django.http import HttpResponse
from django.utils import timezone

from apikeys.keys import editing, regeneration
from apikeys.models import Kind
from tests.support.api_clients import ApiClient, BearerClient, now_ms, reason
from tests.support.factories import make_key, owner, settings_for

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_budgets")]

KINDS = [Kind.BEARER, Kind.SIGNING]


def name_in(response: HttpResponse) -> str:
    """Return the name of the key that a request was admitted with."""
    name: str = response.json()["data"]["name"]  # type: ignore[attr-defined]
    return name


REMOVE = "/v1/client/remove_orderly_key"


@pytest.mark.parametrize("kind", KINDS)
def test_whoami_describes_the_key(kind: Kind) -> None:
    issued = make_key(kind=kind, name="grid bot")
    assert issued.client().get("/v1/whoami").json()["data"]["name"] == "grid bot"


@pytest.mark.parametrize("kind", KINDS)
def test_response_says_when_the_key_expires(kind: Kind) -> None:
    issued = make_key(kind=kind)
    assert issued.client().get("/v1/whoami")["X-Key-Expires"] == issued.key.expires_at.isoformat()


def test_responses_are_never_cached() -> None:
    assert make_key().client().get("/v1/whoami")["Cache-Control"] == "no-store"


def test_head_is_answered_like_get_without_a_body() -> None:
    response = make_key().client().request("HEAD", "/v1/whoami")
    assert (response.status_code, response.content, int(response["Content-Length"]) > 0) == (200, b"", True)


def test_authorization_scheme_is_case_insensitive() -> None:
    issued = make_key(kind=Kind.BEARER)
    response = ApiClient().get("/v1/whoami", headers={"Authorization": f"bearer {issued.secret}"})
    assert name_in(response) == issued.key.name


def test_key_without_its_prefix_is_accepted() -> None:
    issued = make_key()
    client = issued.client()
    client.key = client.key.removeprefix("ed25519:")
    assert name_in(client.get("/v1/whoami")) == issued.key.name


def test_account_id_is_case_insensitive() -> None:
    issued = make_key()
    client = issued.client()
    client.account_id = "0x" + client.account_id[2:].upper()
    assert name_in(client.get("/v1/whoami")) == issued.key.name


@pytest.mark.parametrize("skew_ms", [-290_000, 290_000])
def test_timestamp_nearly_300_seconds_off_is_accepted(skew_ms: int) -> None:
    client = make_key().client()
    headers = client.sign(b"GET/v1/whoami", now_ms() + skew_ms)
    assert client.get("/v1/whoami", headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v1/nothing", "/v1/whoami/", "/v1/order/5/x"])
def test_unknown_path_is_answered_in_the_envelope(path: str) -> None:
    assert reason(ApiClient().get(path)) == (404, -1000, "path_not_found")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "OPTIONS", "TRACE"])
def test_wrong_method_is_answered_in_the_envelope(method: str) -> None:
    assert reason(ApiClient().request(method, "/v1/whoami")) == (405, -1000, "method_not_allowed")


def test_chunked_body_is_rejected() -> None:
    headers = {"Transfer-Encoding": "chunked"}
    assert reason(make_key().client().post(REMOVE, {}, headers=headers)) == (411, -1005, "length_required")


@pytest.mark.parametrize("length", ["1000001", "9" * 5000, "-1", "x"])
def test_body_too_large_is_rejected(length: str) -> None:
    assert reason(make_key().client().post(REMOVE, {}, CONTENT_LENGTH=length)) == (413, -1005, "body_too_large")


def test_script_name_is_rejected() -> None:
    response = make_key().client(SCRIPT_NAME="/v1").get("/v1/whoami")
    assert (response.status_code, b"grid" in response.content) == (400, False)


def test_api_requests_use_no_session_and_set_no_cookie() -> None:
    assert not make_key().client().get("/v1/whoami").cookies


def test_public_paths_ignore_credentials() -> None:
    headers = {"orderly-signature": "stale", "Authorization": "Bearer x"}
    assert ApiClient().get("/v1/ip_info", headers=headers).status_code == 200


def test_ip_info_returns_the_clients_address() -> None:
    assert ApiClient(REMOTE_ADDR="203.0.113.9").get("/v1/ip_info").json()["data"]["ip"] == "203.0.113.9"


def test_narrowed_ip_allowlist_applies_to_the_next_request() -> None:
    issued = make_key(kind=Kind.BEARER)
    client = issued.client()
    assert name_in(client.get("/v1/whoami")) == issued.key.name
    wanted = settings_for(name=issued.key.name, networks="203.0.113.7", expires_at=issued.key.expires_at)
    editing.edit(issued.key, wanted, by=owner(issued.key.account.user))
    assert reason(client.get("/v1/whoami"))[2] == "address_not_allowed"


def test_both_keys_work_during_the_overlap() -> None:
    issued = make_key(kind=Kind.BEARER)
    _new, secret = regeneration.regenerate(
        issued.key,
        expires_at=issued.key.expires_at,
        overlap=timedelta(hours=1),
        by=owner(issued.key.account.user),
    )
    assert [client.get("/v1/whoami").status_code for client in (issued.client(), BearerClient(secret))] == [200, 200]
    with time_machine.travel(timezone.now() + timedelta(hours=1), tick=False):
        assert [client.get("/v1/whoami").status_code for client in (issued.client(), BearerClient(secret))] == [
            401,
            200,
        ]
