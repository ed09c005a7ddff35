"""Deleting keys, and what a deleted key can't do any more."""

from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import ValidationError

from apikeys.audit.log import Actor
from apikeys.keys import deletion, pausing
from tests.support.factories import make_key, make_trader, owner
from tests.support.key_acts import edit, events, regenerate

pytestmark = pytest.mark.django_db


def test_deleted_key_cannot_be_edited_resumed_or_regenerated() -> None:
    issued = make_key()
    by = owner(issued.key.account.user)
    deletion.revoke(issued.key, by=by)
    for attempt in (
        lambda: edit(issued, name="again"),
        lambda: pausing.resume(issued.key, by=by),
        lambda: pausing.pause(issued.key, by=by),
        lambda: regenerate(issued),
    ):
        with pytest.raises(ValidationError, match="deleted"):
            attempt()


def test_deleting_needs_no_password_and_twice_records_one_event() -> None:
    issued = make_key()
    for _ in range(2):
        deletion.revoke(issued.key, by=Actor(issued.key.account.user))
    assert events(issued.key) == ["created", "revoked"]


def test_owner_is_notified_if_an_administrator_deletes(django_capture_on_commit_callbacks: Any) -> None:
    admin = make_trader(is_staff=True)
    with django_capture_on_commit_callbacks(execute=True):
        issued = make_key(name="grid bot")
    with django_capture_on_commit_callbacks(execute=True):
        deletion.revoke(issued.key, by=owner(admin), reason="Seen in a public repository")
    message = mail.outbox[-1]
    assert (message.to, "grid bot" in message.subject, "public repository" in message.body) == (
        [issued.key.account.user.email],
        True,
        True,
    )
