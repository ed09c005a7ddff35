"""Through the whole of Django, as a caller: who is admitted, and on which paths."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from apikeys.keys import editing, regeneration
from apikeys.models import Kind
from tests.support.api_clients import ApiClient, BearerClient, now_ms, reason
from tests.support.factories import make_key, owner, settings_for

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_budgets")]

KINDS = [Kind.BEARER, Kind.SIGNING]
REMOVE = "/v1/client/remove_orderly_key"


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_is_told_who_it_is(kind: Kind) -> None:
    issued = make_key(kind=kind, name="grid bot")
    assert issued.client().get("/v1/whoami").json()["data"]["name"] == "grid bot"


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_says_when_the_key_expires(kind: Kind) -> None:
    issued = make_key(kind=kind)
    assert issued.client().get("/v1/whoami")["X-Key-Expires"] == issued.key.expires_at.isoformat()


def test_an_answer_is_never_cached() -> None:
    assert make_key().client().get("/v1/whoami")["Cache-Control"] == "no-store"


def test_head_is_answered_like_get_without_its_body() -> None:
    response = make_key().client().request("HEAD", "/v1/whoami")
    assert (response.status_code, response.content, int(response["Content-Length"]) > 0) == (200, b"", True)


def test_the_scheme_is_read_in_any_case() -> None:
    issued = make_key(kind=Kind.BEARER)
    response = ApiClient().get("/v1/whoami", headers={"Authorization": f"bearer {issued.secret}"})
    assert response.status_code == 200


def test_a_key_without_its_prefix_is_the_same_key() -> None:
    issued = make_key()
    client = issued.client()
    client.key = client.key.removeprefix("ed25519:")
    assert client.get("/v1/whoami").status_code == 200


def test_the_account_is_compared_in_any_case() -> None:
    issued = make_key()
    client = issued.client()
    client.account_id = "0x" + client.account_id[2:].upper()
    assert client.get("/v1/whoami").status_code == 200


@pytest.mark.parametrize("skew_ms", [-290_000, 290_000])
def test_a_timestamp_nearly_300_seconds_off_is_accepted(skew_ms: int) -> None:
    client = make_key().client()
    headers = client.sign(b"GET/v1/whoami", now_ms() + skew_ms)
    assert client.get("/v1/whoami", headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v1/nothing", "/v1/whoami/", "/v1/order/5/x"])
def test_an_unknown_path_is_answered_in_the_envelope(path: str) -> None:
    assert reason(ApiClient().get(path)) == (404, -1000, "path_not_found")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "OPTIONS", "TRACE"])
def test_a_wrong_method_is_answered_in_the_envelope(method: str) -> None:
    assert reason(ApiClient().request(method, "/v1/whoami")) == (405, -1000, "method_not_allowed")


def test_a_chunked_body_is_refused() -> None:
    headers = {"Transfer-Encoding": "chunked"}
    assert reason(make_key().client().post(REMOVE, {}, headers=headers)) == (411, -1005, "length_required")


@pytest.mark.parametrize("length", ["1000001", "9" * 5000, "-1", "x"])
def test_a_body_too_large_is_refused(length: str) -> None:
    assert reason(make_key().client().post(REMOVE, {}, CONTENT_LENGTH=length)) == (413, -1005, "body_too_large")


def test_a_script_name_is_refused() -> None:
    assert make_key().client(SCRIPT_NAME="/v1").get("/v1/whoami").status_code == 400


def test_no_call_touches_a_session_or_sets_a_cookie() -> None:
    assert not make_key().client().get("/v1/whoami").cookies


def test_a_public_path_ignores_credentials() -> None:
    headers = {"orderly-signature": "stale", "Authorization": "Bearer x"}
    assert ApiClient().get("/v1/ip_info", headers=headers).status_code == 200


def test_ip_info_says_which_address_is_seen() -> None:
    assert ApiClient(REMOTE_ADDR="203.0.113.9").get("/v1/ip_info").json()["data"]["ip"] == "203.0.113.9"


def test_a_narrowed_address_rule_is_in_force_on_the_next_call() -> None:
    issued = make_key(kind=Kind.BEARER)
    client = issued.client()
    assert client.get("/v1/whoami").status_code == 200
    wanted = settings_for(name=issued.key.name, networks="203.0.113.7", expires_at=issued.key.expires_at)
    editing.edit(issued.key, wanted, by=owner(issued.key.account.user))
    assert client.get("/v1/whoami").status_code == 403


def test_of_a_regenerated_key_both_work_during_the_overlap() -> None:
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
