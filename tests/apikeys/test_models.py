"""Constraints of the database."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from apikeys.models import ApiKey, KeyEvent
from tests.support.factories import make_key

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"can_read": False, "can_trade": False},
        {"address_rule": "any", "networks": "203.0.113.7"},
        {"address_rule": "list", "networks": ""},
        {"secret_hash": "x"},
        {"public_id": "x"},
        {"kind": "bearer"},
        {"expires_at": datetime(2999, 1, 1, tzinfo=UTC)},  # fixed, because every process must collect the same test ids
    ],
    ids=str,
)
def test_database_rejects_a_key_that_breaks_a_rule(change: dict[str, Any]) -> None:
    issued = make_key()
    with pytest.raises(IntegrityError), transaction.atomic():
        ApiKey.objects.filter(pk=issued.key.pk).update(**change)


def test_user_with_an_account_is_protected_from_deletion() -> None:
    with pytest.raises(ProtectedError):
        make_key().key.account.user.delete()


def test_events_cannot_be_changed_or_removed() -> None:
    event = make_key().key.events.get()
    for attempt in (
        event.save,
        event.delete,
        KeyEvent.objects.all().delete,
        lambda: KeyEvent.objects.update(reason=""),
    ):
        with pytest.raises(ValidationError):
            attempt()
