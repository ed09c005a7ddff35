"""What an edit can change, and when it requires a recent sign-in."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from apikeys.keys import editing
from apikeys.keys.guards import RecentSignInRequired
from apikeys.keys.stale_forms import KeyChanged
from apikeys.keys.validation import KeySettings
from apikeys.models import AddressRule, Purpose, Status
from tests.support.concurrency import at_once
from tests.support.factories import BOTH, READ, TRADING, make_key, owner
from tests.support.key_acts import YEAR, edit, events

pytestmark = pytest.mark.django_db


def test_event_records_old_and_new_values() -> None:
    issued = make_key(name="old")
    key = edit(issued, name="new", permissions=BOTH)
    assert key.events.first().changes == {"name": ["old", "new"], "permissions": [["read"], ["read", "trading"]]}  # type: ignore[union-attr]


def test_edit_without_changes_records_no_event() -> None:
    assert events(edit(make_key(), recently=False)) == ["created"]


@pytest.mark.parametrize(
    ("start", "change"),
    [
        ({}, {"permissions": BOTH}),
        ({}, {"permissions": TRADING}),
        ({"networks": "203.0.113.7"}, {"networks": "203.0.113.7,198.51.100.1"}),
        ({"networks": "203.0.113.0/25"}, {"networks": "203.0.113.0/24"}),
        ({"networks": "203.0.113.7"}, {"networks": "", "address_rule": AddressRule.ANY}),
        ({}, {"expires_at": timezone.now() + timedelta(days=300)}),
    ],
)
def test_widening_requires_a_recent_sign_in(start: dict[str, Any], change: dict[str, Any]) -> None:
    issued = make_key(**start)
    with pytest.raises(RecentSignInRequired):
        edit(issued, recently=False, **change)
    issued.key.refresh_from_db()
    assert events(issued.key) == ["created"]


@pytest.mark.parametrize(
    ("start", "change"),
    [
        ({"permissions": BOTH}, {"permissions": READ}),
        ({}, {"networks": "203.0.113.7", "address_rule": AddressRule.LIST}),
        ({"networks": "203.0.113.0/24"}, {"networks": "203.0.113.7"}),
        ({}, {"expires_at": timezone.now() + timedelta(days=2)}),
        ({}, {"name": "another", "purpose": Purpose.TRADING}),
    ],
)
def test_narrowing_and_renaming_require_nothing(start: dict[str, Any], change: dict[str, Any]) -> None:
    assert events(edit(make_key(**start), recently=False, **change)) == ["created", "edited"]


def test_extension_counts_365_days_from_the_edit() -> None:
    issued = make_key(expires_at=timezone.now() + timedelta(days=10))
    with time_machine.travel(timezone.now() + timedelta(days=5), tick=False):
        key = edit(issued, expires_at=timezone.now() + YEAR)
        assert key.expiry_set_at == timezone.now()


def test_expired_key_can_be_extended() -> None:
    issued = make_key(expires_at=timezone.now() + timedelta(days=1))
    with time_machine.travel(timezone.now() + timedelta(days=2), tick=False):
        key = edit(issued, expires_at=timezone.now() + timedelta(days=30))
        assert key.status(timezone.now()) == Status.ACTIVE


def test_expired_key_can_be_renamed() -> None:
    issued = make_key(expires_at=timezone.now() + timedelta(days=1))
    with time_machine.travel(timezone.now() + timedelta(days=2), tick=False):
        assert edit(issued, name="renamed").name == "renamed"


def test_second_of_two_simultaneous_forms_undoes_nothing(transactional_db: None) -> None:
    """Both forms were opened before either was sent. The database decides which comes first."""
    issued = make_key(permissions=BOTH)
    before = KeySettings.of(issued.key)
    by, opened = owner(issued.key.account.user), issued.key.events.get().pk
    wanted = [replace(before, permissions=READ), replace(before, name="renamed")]
    done = at_once(*(partial(editing.edit, issued.key, one, by=by, last_event=opened) for one in wanted))
    [rejection] = [answer for answer in done if isinstance(answer, KeyChanged)]
    issued.key.refresh_from_db()
    assert KeySettings.of(issued.key) == wanted[1 - done.index(rejection)]
