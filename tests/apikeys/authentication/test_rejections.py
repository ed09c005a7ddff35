"""The holder of a key learns exactly why a request is rejected."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from apikeys.keys import deletion, pausing
from apikeys.models import ApiKey, Kind
from apikeys.permissions import Permission
from tests.support.api_clients import ApiClient, now_ms, reason
from tests.support.factories import READ, TRADING, make_key, owner

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_budgets")]

KINDS = [Kind.BEARER, Kind.SIGNING]


@pytest.mark.parametrize("kind", KINDS)
def test_deleted_key_is_rejected_on_the_next_request(kind: Kind) -> None:
    issued = make_key(kind=kind)
    client = issued.client()
    assert client.get("/v1/whoami").status_code == 200
    deletion.revoke(issued.key, by=owner(issued.key.account.user))
    assert reason(client.get("/v1/whoami")) == (401, -1002, "key_revoked")


@pytest.mark.parametrize("kind", KINDS)
def test_paused_key_is_rejected_until_it_is_resumed(kind: Kind) -> None:
    issued = make_key(kind=kind)
    by = owner(issued.key.account.user)
    pausing.pause(issued.key, by=by)
    refused = reason(issued.client().get("/v1/whoami"))
    pausing.resume(issued.key, by=by)
    assert (refused, issued.client().get("/v1/whoami").status_code) == ((401, -1002, "key_paused"), 200)


@pytest.mark.parametrize(("seconds", "outcome"), [(-1, None), (0, "key_expired"), (1, "key_expired")])
def test_expired_key_is_rejected_from_the_exact_moment(seconds: int, outcome: str | None) -> None:
    issued = make_key(kind=Kind.BEARER)
    with time_machine.travel(issued.key.expires_at + timedelta(seconds=seconds), tick=False):
        assert issued.client().get("/v1/whoami").json().get("reason") == outcome


def test_all_keys_of_an_inactive_owner_are_rejected() -> None:
    issued = make_key()
    issued.key.account.user.is_active = False
    issued.key.account.user.save()
    assert reason(issued.client().get("/v1/whoami")) == (401, -1002, "owner_inactive")


def test_rejection_names_the_ip_address() -> None:
    issued = make_key(networks="203.0.113.7")
    response = issued.client(REMOTE_ADDR="203.0.113.8").get("/v1/whoami")
    assert (reason(response), response.json()["address"]) == ((403, -1002, "address_not_allowed"), "203.0.113.8")


def test_damaged_ip_allowlist_rejects_everything() -> None:
    issued = make_key(networks="203.0.113.7")
    ApiKey.objects.filter(pk=issued.key.pk).update(networks="damaged")
    assert reason(issued.client(REMOTE_ADDR="203.0.113.7").get("/v1/whoami"))[2] == "address_not_allowed"


@pytest.mark.parametrize(
    ("networks", "peer", "forwarded", "status"),
    [
        ("", "127.0.0.1", "198.51.100.1", 200),
        ("203.0.113.7", "127.0.0.1", "203.0.113.7", 200),
        ("203.0.113.7", "127.0.0.1", "203.0.113.8", 403),
        ("203.0.113.0/24", "127.0.0.1", "203.0.113.255", 200),
        ("203.0.113.7", "127.0.0.1", "203.0.113.7, 198.51.100.66", 403),
        ("203.0.113.7", "127.0.0.1", "203.0.113.7, unknown", 403),
        ("", "127.0.0.1", "203.0.113.7, unknown", 200),
        ("203.0.113.7", "127.0.0.1", "203.0.113.7, 10.200.0.5", 200),
        ("127.0.0.1", "127.0.0.1", "198.51.100.66", 403),
        ("127.0.0.1", "127.0.0.1", "", 403),
        ("", "127.0.0.1", "", 200),
        ("127.9.8.7", "127.9.8.7", "", 200),
        ("203.0.113.7", "127.9.8.7", "203.0.113.7", 403),
    ],
)
def test_client_is_the_first_untrusted_hop(
    settings: Any, networks: str, peer: str, forwarded: str, status: int
) -> None:
    from ipaddress import ip_network

    settings.TRUSTED_PROXIES = (ip_network("127.0.0.1"), ip_network("10.200.0.0/16"))
    extra = {"REMOTE_ADDR": peer} | ({"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {})
    assert make_key(networks=networks).client(**extra).get("/v1/whoami").status_code == status


@pytest.mark.parametrize("header", ["X-Real-IP", "True-Client-IP", "Forwarded", "X-Client-IP", "CF-Connecting-IP"])
def test_no_other_header_changes_the_client(header: str) -> None:
    issued = make_key(networks="203.0.113.7", kind=Kind.BEARER)
    headers = {"Authorization": f"Bearer {issued.secret}", header: "203.0.113.7"}
    response = ApiClient(REMOTE_ADDR="198.51.100.66").get("/v1/whoami", headers=headers)
    assert (reason(response)[2], response.json()["address"]) == ("address_not_allowed", "198.51.100.66")


@pytest.mark.parametrize(
    ("granted", "missing"), [(READ, Permission.TRADING), (TRADING, Permission.READ)], ids=["read", "trading"]
)
def test_rejection_names_the_missing_permission(granted: frozenset[Permission], missing: Permission) -> None:
    client = make_key(permissions=granted).client()
    refused = (
        client.get("/v1/positions") if missing is Permission.READ else client.delete("/v1/order?order_id=1&symbol=x")
    )
    assert (reason(refused), refused.json()["permission"]) == ((403, -1002, "permission_missing"), missing)


@pytest.mark.parametrize("skew_ms", [-303_000, 303_000])
def test_stale_timestamp_is_rejected_with_the_measured_skew(skew_ms: int) -> None:
    client = make_key().client()
    with time_machine.travel(timezone.now(), tick=False):
        headers = client.sign(b"GET/v1/whoami", now_ms() + skew_ms)
        response = client.get("/v1/whoami", headers=headers)
    assert (reason(response), response.json()["skew_ms"]) == ((401, -1001, "stale_timestamp"), skew_ms)


def test_client_can_narrow_its_recv_window() -> None:
    client = make_key().client()
    headers = client.sign(b"GET/v1/whoami", now_ms() - 6_000) | {"x-recv-window": "5000"}
    answer = client.get("/v1/whoami", headers=headers)
    assert reason(answer) == (401, -1001, "stale_timestamp")
    assert "the 5000 ms that x-recv-window allows" in answer.json()["message"]


def test_rejection_links_to_the_guide() -> None:
    body = make_key(networks="203.0.113.7").client().get("/v1/whoami").json()
    assert body["help"] == "http://127.0.0.1:8000/guide#address_not_allowed"


def test_rejection_has_its_request_id() -> None:
    response = ApiClient().get("/v1/whoami")
    assert response.json()["request_id"] == response["X-Request-Id"]
