"""Deleting keys, and what a deleted one can no longer do."""

from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import ValidationError

from apikeys.audit.log import Actor
from apikeys.keys import deletion, pausing
from tests.support.factories import make_key, make_trader, owner
from tests.support.key_acts import edit, events, regenerate

pytestmark = pytest.mark.django_db


def test_a_deleted_key_cannot_be_edited_resumed_or_regenerated() -> None:
    held = make_key()
    by = owner(held.key.account.user)
    deletion.revoke(held.key, by=by)
    for attempt in (
        lambda: edit(held, name="again"),
        lambda: pausing.resume(held.key, by=by),
        lambda: pausing.pause(held.key, by=by),
        lambda: regenerate(held),
    ):
        with pytest.raises(ValidationError, match="deleted"):
            attempt()


def test_deleting_asks_for_nothing_and_twice_leaves_one_event() -> None:
    held = make_key()
    for _ in range(2):
        deletion.revoke(held.key, by=Actor(held.key.account.user))
    assert events(held.key) == ["created", "revoked"]


def test_an_owner_is_told_when_an_administrator_deletes(django_capture_on_commit_callbacks: Any) -> None:
    admin = make_trader(is_staff=True)
    with django_capture_on_commit_callbacks(execute=True):
        held = make_key(name="grid bot")
    with django_capture_on_commit_callbacks(execute=True):
        deletion.revoke(held.key, by=owner(admin), reason="Seen in a public repository")
    message = mail.outbox[-1]
    assert (message.to, "grid bot" in message.subject, "public repository" in message.body) == (
        [held.key.account.user.email],
        True,
        True,
    )
