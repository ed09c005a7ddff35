"""Regenerating keys: the new key's settings, and when the old key stops."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.utils import timezone

from apikeys.keys.guards import RecentSignInRequired
from apikeys.keys.validation import KeySettings
from tests.support.factories import BOTH, make_key
from tests.support.key_acts import edit, events, regenerate

pytestmark = pytest.mark.django_db


def test_regenerated_key_has_the_same_settings_and_another_id() -> None:
    issued = make_key(networks="203.0.113.7", permissions=BOTH)
    new = regenerate(issued)
    assert replace(KeySettings.of(new), expires_at=issued.key.expires_at) == KeySettings.of(issued.key)
    assert new.public_id != issued.key.public_id


def test_old_key_stops_at_once_without_an_overlap() -> None:
    issued = make_key()
    new = regenerate(issued)
    issued.key.refresh_from_db()
    assert (issued.key.revoked_at is not None, new.replaces) == (True, issued.key)


@pytest.mark.parametrize(
    ("left", "overlap", "ends_after"),
    [
        (timedelta(days=30), timedelta(hours=24), timedelta(hours=24)),
        (timedelta(hours=2), timedelta(hours=24), timedelta(hours=2)),
    ],
)
@time_machine.travel("2026-11-22T12:00:00Z", tick=False)
def test_overlap_never_outlives_the_old_key(left: timedelta, overlap: timedelta, ends_after: timedelta) -> None:
    issued = make_key(expires_at=timezone.now() + left)
    regenerate(issued, overlap=overlap)
    issued.key.refresh_from_db()
    assert issued.key.expires_at == timezone.now() + ends_after


@pytest.mark.parametrize("overlap", [timedelta(days=-1), timedelta(days=7, seconds=1)])
def test_overlap_out_of_range_is_rejected(overlap: timedelta) -> None:
    with pytest.raises(ValidationError, match="7 days"):
        regenerate(make_key(), overlap=overlap)


def test_regenerating_requires_a_recent_sign_in() -> None:
    with pytest.raises(RecentSignInRequired):
        regenerate(make_key(), recently=False)


def test_key_is_regenerated_once() -> None:
    issued = make_key()
    regenerate(issued, overlap=timedelta(days=1))
    with pytest.raises(ValidationError, match="already regenerated"):
        regenerate(issued)


def test_old_key_cannot_be_extended_during_the_overlap() -> None:
    issued = make_key()
    regenerate(issued, overlap=timedelta(hours=1))
    with pytest.raises(ValidationError, match="regenerated"):
        edit(issued, expires_at=timezone.now() + timedelta(days=300))


def test_both_keys_record_the_regeneration() -> None:
    issued = make_key()
    assert (events(regenerate(issued)), events(issued.key)) == (["created"], ["created", "regenerated"])
