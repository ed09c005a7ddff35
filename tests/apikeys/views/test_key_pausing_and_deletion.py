"""Pausing, resuming, regenerating and deleting a key."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apikeys.models import ApiKey
from tests.support.browser_client import PASSWORD, TraderBrowser, text
from tests.support.factories import IssuedKey
from tests.support.key_forms import opened, regenerate_form, revealed, url, used

pytestmark = pytest.mark.django_db


def test_pausing_needs_no_password_and_resuming_does(stale: TraderBrowser, issued: IssuedKey) -> None:
    stale.htmx_post(url(issued.key, "pause"))
    assert ApiKey.objects.get().paused_at
    stale.htmx_post(url(issued.key, "resume"), opened(issued.key))
    assert ApiKey.objects.get().paused_at
    stale.htmx_post(url(issued.key, "resume"), opened(issued.key) | {"password": PASSWORD})
    assert not ApiKey.objects.get().paused_at


def test_regenerating_reveals_a_new_secret_and_stops_the_old_key(browser_: TraderBrowser, issued: IssuedKey) -> None:
    answer = browser_.htmx_post(url(issued.key, "regenerate"), regenerate_form(issued.key))
    issued.key.refresh_from_db()
    assert issued.key.revoked_at
    new = IssuedKey(issued.key.replacement, revealed(answer))
    assert new.client(REMOTE_ADDR="203.0.113.7").get("/v1/whoami").status_code == 200


def test_page_says_that_the_new_key_is_not_paused(browser_: TraderBrowser, issued: IssuedKey) -> None:
    said = "This key is paused. The new key works as soon as you create it"
    assert said not in text(browser_.htmx_get(url(issued.key, "regenerate")))
    browser_.htmx_post(url(issued.key, "pause"))
    assert said in text(browser_.htmx_get(url(issued.key, "regenerate")))


def test_overlap_keeps_the_old_key_working(browser_: TraderBrowser, issued: IssuedKey) -> None:
    browser_.htmx_post(url(issued.key, "regenerate"), regenerate_form(issued.key, overlap="24"))
    issued.key.refresh_from_db()
    assert (issued.key.revoked_at, issued.key.expires_at - timezone.now() < timedelta(hours=24)) == (None, True)
    assert "Replaced" in text(browser_.get())


@pytest.mark.parametrize("overlap", ["0", "24"])
def test_form_sent_twice_regenerates_once(browser_: TraderBrowser, issued: IssuedKey, overlap: str) -> None:
    sent = regenerate_form(issued.key, overlap=overlap)
    browser_.post(url(issued.key, "regenerate"), sent)
    assert "You already created this key" in text(browser_.post(url(issued.key, "regenerate"), sent))
    assert ApiKey.objects.count() == 2


def test_unused_key_is_deleted_at_once(stale: TraderBrowser, issued: IssuedKey) -> None:
    assert "This key has never been used." in text(stale.htmx_get(url(issued.key, "delete")))
    stale.htmx_post(url(issued.key, "delete"))
    assert ApiKey.objects.get().revoked_at


def test_key_in_use_is_deleted_only_after_typing_its_name(browser_: TraderBrowser, issued: IssuedKey) -> None:
    used(issued.key, timedelta(hours=23))
    assert "This stops ccxt , which used it 23 hours ago." in text(browser_.htmx_get(url(issued.key, "delete")))
    browser_.htmx_post(url(issued.key, "delete"), {"name": "grid"})
    assert not ApiKey.objects.get().revoked_at
    browser_.htmx_post(url(issued.key, "delete"), {"name": "grid bot"})
    assert ApiKey.objects.get().revoked_at


def test_key_not_used_for_a_day_needs_no_typing(browser_: TraderBrowser, issued: IssuedKey) -> None:
    used(issued.key, timedelta(hours=25))
    browser_.htmx_post(url(issued.key, "delete"))
    assert ApiKey.objects.get().revoked_at
