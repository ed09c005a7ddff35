"""Pausing and deleting several keys at once."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from apikeys.models import ApiKey
from tests.support.browser_client import KEYS, TraderBrowser, text
from tests.support.factories import make_key
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


def test_only_picked_keys_are_paused(browser_: TraderBrowser, user: User) -> None:
    first, second = make_key(user.account).key, make_key(user.account).key
    browser_.htmx_post(f"{KEYS}pause/", {"key": [first.pk]})
    assert list(ApiKey.objects.exclude(paused_at=None)) == [first]
    assert second.paused_at is None


def test_picked_keys_are_deleted(browser_: TraderBrowser, user: User) -> None:
    keys = [make_key(user.account).key.pk for _ in range(2)]
    browser_.htmx_post(f"{KEYS}delete/", {"key": keys})
    assert ApiKey.objects.live().count() == 0


def test_picked_keys_in_use_are_deleted_only_by_typed_words(browser_: TraderBrowser, user: User) -> None:
    key = make_key(user.account).key
    used(key, timedelta(hours=1))
    browser_.htmx_post(f"{KEYS}delete/", {"key": [key.pk]})
    assert ApiKey.objects.live().count() == 1
    browser_.htmx_post(f"{KEYS}delete/", {"key": [key.pk], "name": "delete 1 key"})
    assert ApiKey.objects.live().count() == 0


@pytest.mark.parametrize("number", ["abc", "9" * 30, "-1", "", "٣"])
def test_numbers_that_are_no_keys_are_passed_over(browser_: TraderBrowser, number: str) -> None:
    assert browser_.htmx_post(f"{KEYS}delete/", {"key": [number]}).status_code == 404


def test_somebody_elses_keys_are_passed_over(browser_: TraderBrowser) -> None:
    foreign = make_key().key
    assert browser_.htmx_post(f"{KEYS}delete/", {"key": [foreign.pk]}).status_code == 404
    assert browser_.htmx_post(f"{KEYS}pause/", {"key": [foreign.pk]}).status_code == 200
    foreign.refresh_from_db()
    assert (foreign.paused_at, foreign.revoked_at) == (None, None)
