"""Pausing and deleting several keys at once."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from apikeys.keys import deletion
from apikeys.models import ApiKey, Notification, NotificationKind
from tests.support.browser_client import KEYS, TraderBrowser, text
from tests.support.concurrency import at_once
from tests.support.factories import make_key, make_trader, owner
from tests.support.key_forms import used

pytestmark = pytest.mark.django_db


def test_all_keys_are_paused_at_once(stale: TraderBrowser, user: User) -> None:
    keys = [make_key(user.account).key for _ in range(3)]
    foreign = make_key().key
    assert "Pause 3 keys" in text(stale.htmx_get(f"{KEYS}pause/"))
    assert "3 API keys paused" in text(stale.htmx_post(f"{KEYS}pause/"))
    assert ApiKey.objects.exclude(paused_at=None).count() == len(keys)
    foreign.refresh_from_db()
    assert foreign.paused_at is None


def test_only_chosen_keys_are_paused(browser_: TraderBrowser, user: User) -> None:
    first, second = make_key(user.account).key, make_key(user.account).key
    browser_.htmx_post(f"{KEYS}pause/", {"key": [first.pk]})
    assert list(ApiKey.objects.exclude(paused_at=None)) == [first]
    assert second.paused_at is None


@pytest.mark.parametrize("picks", [False, True], ids=["all", "picked"])
def test_deleted_key_keeps_no_other_key_active(browser_: TraderBrowser, user: User, picks: bool) -> None:
    keys = [make_key(user.account).key for _ in range(3)]
    chosen = {"key": [key.pk for key in keys]} if picks else {}
    browser_.htmx_get(f"{KEYS}pause/")
    deletion.revoke(keys[0], by=owner(user))
    assert "2 API keys paused" in text(browser_.htmx_post(f"{KEYS}pause/", chosen))
    assert not ApiKey.objects.live().filter(paused_at=None).exists()


def test_pausing_all_includes_new_and_expired_keys(browser_: TraderBrowser, user: User) -> None:
    browser_.htmx_get(f"{KEYS}pause/")
    make_key(user.account)
    old = make_key(user.account).key
    ApiKey.objects.filter(pk=old.pk).update(expires_at=timezone.now() - timedelta(days=1))
    assert "2 API keys paused" in text(browser_.htmx_post(f"{KEYS}pause/"))


def test_several_paused_keys_make_one_notification(browser_: TraderBrowser, user: User) -> None:
    for _ in range(3):
        make_key(user.account)
    browser_.htmx_post(f"{KEYS}pause/")
    assert Notification.objects.filter(user=user, kind=NotificationKind.PAUSED).count() == 1


def test_simultaneous_pausing_and_deleting_stops_all_keys(transactional_db: None) -> None:
    user = make_trader()
    keys = [make_key(user.account).key for _ in range(6)]
    browsers = [TraderBrowser(user) for _ in range(3)]
    picked = {"key": [key.pk for key in keys[::2]]}
    answers = at_once(
        lambda: browsers[0].post(f"{KEYS}pause/"),
        lambda: browsers[1].post(f"{KEYS}delete/", picked),
        lambda: browsers[2].post(f"{KEYS}pause/", picked),
        lambda: deletion.revoke(keys[3], by=owner(user)),
    )
    assert [getattr(answer, "status_code", 302) for answer in answers] == [302] * 4
    assert not ApiKey.objects.live().filter(paused_at=None).exists()
    assert ApiKey.objects.live().count() == 2


def test_chosen_keys_are_deleted(browser_: TraderBrowser, user: User) -> None:
    keys = [make_key(user.account).key.pk for _ in range(2)]
    browser_.htmx_post(f"{KEYS}delete/", {"key": keys})
    assert ApiKey.objects.live().count() == 0


def test_chosen_keys_in_use_are_deleted_only_after_typing(browser_: TraderBrowser, user: User) -> None:
    key = make_key(user.account).key
    used(key, timedelta(hours=1))
    browser_.htmx_post(f"{KEYS}delete/", {"key": [key.pk]})
    assert ApiKey.objects.live().count() == 1
    browser_.htmx_post(f"{KEYS}delete/", {"key": [key.pk], "name": "delete 1 key"})
    assert ApiKey.objects.live().count() == 0


@pytest.mark.parametrize("number", ["abc", "9" * 30, "-1", "", "٣"])
def test_unknown_numbers_are_ignored(browser_: TraderBrowser, user: User, number: str) -> None:
    key = make_key(user.account).key
    assert browser_.htmx_post(f"{KEYS}delete/", {"key": [number]}).status_code == 404
    key.refresh_from_db()
    assert key.revoked_at is None


def test_other_traders_keys_are_ignored(browser_: TraderBrowser) -> None:
    foreign = make_key().key
    assert browser_.htmx_post(f"{KEYS}delete/", {"key": [foreign.pk]}).status_code == 404
    assert browser_.htmx_post(f"{KEYS}pause/", {"key": [foreign.pk]}).status_code == 200
    foreign.refresh_from_db()
    assert (foreign.paused_at, foreign.revoked_at) == (None, None)
