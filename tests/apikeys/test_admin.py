from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apikeys.keys import deletion, pausing
from apikeys.models import ApiKey, EventKind, Kind, Status
from tests.support.factories import TRADING, IssuedKey, make_key, owner
from tests.support.risky_keys import risky_trader

pytestmark = pytest.mark.django_db

KEYS = "/admin/apikeys/apikey/"


def shown(admin: Client, query: str) -> set[str]:
    response = admin.get(f"{KEYS}?{query}")
    return {key.name for key in response.context["cl"].result_list}


def one_of_each_status() -> dict[Status, IssuedKey]:
    now = timezone.now()
    keys = {status: make_key(name=status) for status in Status}
    deletion.revoke(keys[Status.DELETED].key, by=owner(keys[Status.DELETED].key.account.user))
    pausing.pause(keys[Status.PAUSED].key, by=owner(keys[Status.PAUSED].key.account.user))
    ApiKey.objects.filter(name=Status.EXPIRED).update(expires_at=now)
    ApiKey.objects.filter(name=Status.EXPIRING).update(expires_at=now + timedelta(days=3))
    return keys


@pytest.mark.parametrize("status", list(Status))
def test_keys_are_filtered_by_status(admin: Client, status: Status) -> None:
    one_of_each_status()
    assert shown(admin, f"status={status}") == {status}


@pytest.mark.parametrize("status", list(Status))
def test_filter_and_key_agree_on_the_status(status: Status) -> None:
    key = one_of_each_status()[status].key
    key.refresh_from_db()
    assert key.status(timezone.now()) == status


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("kind__exact=bearer", {"bearer"}),
        ("permission=trading", {"trader"}),
        ("permission=read", {"bearer", "restricted"}),
        ("address_rule__exact=any", {"bearer", "trader"}),
        ("status=nonsense", {"bearer", "trader", "restricted"}),
    ],
)
def test_keys_are_filtered(admin: Client, query: str, found: set[str]) -> None:
    make_key(name="bearer", kind=Kind.BEARER)
    make_key(name="trader", permissions=TRADING)
    make_key(name="restricted", networks="203.0.113.7")
    assert shown(admin, query) == found


@pytest.mark.parametrize("field", ["name", "public_id", "account.account_id", "account.uid", "account.user.email"])
def test_key_is_found_by_search(admin: Client, field: str) -> None:
    issued = make_key(name="grid bot")
    make_key(name="another")
    value: Any = issued.key
    for name in field.split("."):
        value = getattr(value, name)
    assert shown(admin, f"q={value}") == {"grid bot"}


@pytest.mark.parametrize("path", ["apikeys/apikey", "apikeys/account", "apikeys/keyevent", "apikeys/keyusage"])
def test_nothing_can_be_added_by_hand(admin: Client, path: str) -> None:
    assert admin.get(f"/admin/{path}/add/").status_code == 403


@pytest.mark.parametrize("path", ["apikey", "account", "keyevent"])
def test_nothing_can_be_changed_or_removed_by_hand(admin: Client, path: str) -> None:
    key = make_key().key
    pk = {"apikey": key, "account": key.account, "keyevent": key.events.get()}[path].pk
    answers = [admin.post(f"/admin/apikeys/{path}/{pk}/{verb}/", {"name": "x"}) for verb in ("change", "delete")]
    assert [answer.status_code for answer in answers] == [403, 403]


def test_no_secret_is_shown(admin: Client) -> None:
    issued = make_key(kind=Kind.BEARER)
    pages = admin.get(KEYS).content + admin.get(f"{KEYS}{issued.key.pk}/change/").content
    assert not [
        secret for secret in (issued.key.secret_hash, issued.key.secret_prefix_digest) if secret.encode() in pages
    ]


def revoke(admin: Client, *keys: ApiKey, **fields: str) -> Any:
    return admin.post(KEYS, {"action": "revoke", "_selected_action": [key.pk for key in keys], **fields}, follow=True)


def test_reason_that_contains_a_secret_is_rejected(admin: Client) -> None:
    issued = make_key(kind=Kind.BEARER)
    answer = revoke(admin, issued.key, confirmed="yes", reason=f"Seen in a log: {issued.secret}")
    issued.key.refresh_from_db()
    assert ("This looks like a secret" in answer.content.decode(), issued.key.revoked_at) == (True, None)


def test_deleting_asks_for_a_reason_first(admin: Client) -> None:
    key = make_key().key
    answers = [revoke(admin, key), revoke(admin, key, confirmed="yes", reason="")]
    key.refresh_from_db()
    assert (['name="reason"' in answer.content.decode() for answer in answers], key.revoked_at) == ([True, True], None)


def test_deleting_uses_the_normal_deletion_and_notifies_the_owner(
    admin: Client, django_capture_on_commit_callbacks: Any
) -> None:
    issued = make_key()
    with django_capture_on_commit_callbacks(execute=True):
        revoke(admin, issued.key, confirmed="yes", reason="Seen in a public repository")
    event = issued.key.events.get(kind=EventKind.REVOKED)
    assert (event.actor.username, event.reason, len(mail.outbox)) == ("admin", "Seen in a public repository", 1)  # type: ignore[union-attr]
    assert issued.client().get("/v1/whoami").json()["reason"] == "key_revoked"


def test_traders_cannot_open_the_admin(client: Client) -> None:
    client.force_login(make_key().key.account.user)
    assert client.get(KEYS).status_code in (302, 403)


def test_admins_use_the_normal_sign_in_page(client: Client) -> None:
    assert client.get("/admin/login/")["Location"].startswith("/account/login/")


@pytest.mark.parametrize(
    ("health", "found"),
    [
        ("high", {"leaked", "shared", "open"}),
        ("medium", {"only reads", "elder", "forgotten"}),
        ("sound", {"sound"}),
        ("nonsense", {"leaked", "shared", "open", "only reads", "elder", "forgotten", "sound"}),
    ],
)
def test_keys_are_filtered_by_their_worst_finding(admin: Client, health: str, found: set[str]) -> None:
    risky_trader()
    assert shown(admin, f"health={health}") == found


def test_list_shows_the_worst_level_in_few_queries(admin: Client) -> None:
    with CaptureQueriesContext(connection) as without:
        admin.get(KEYS)
    risky_trader()
    with CaptureQueriesContext(connection) as with_keys:
        page = admin.get(KEYS)
    assert page.content.decode().count('field-health">high') == 3
    assert len(with_keys) <= len(without) + 8


def test_times_have_their_time_zone(admin: Client) -> None:
    key = make_key().key
    admin.cookies["zone"] = "Asia/Tokyo"
    assert (
        f"{key.expires_at.astimezone(ZoneInfo('Asia/Tokyo')):%-d %b %Y, %H:%M} JST" in admin.get(KEYS).content.decode()
    )
