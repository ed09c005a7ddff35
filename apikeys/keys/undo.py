"""Undo a trader’s own edits and pauses, unless the key has changed since."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max

from apikeys.audit.log import Actor
from apikeys.keys import editing, pausing
from apikeys.keys.validation import KeySettings
from apikeys.models import AddressRule, ApiKey, EventKind, KeyEvent, Purpose
from apikeys.permissions import Permission

UNDOABLE = (EventKind.EDITED, EventKind.PAUSED)
_READ: dict[str, Callable[[Any], Any]] = {
    "permissions": lambda listed: frozenset(map(Permission, listed)),
    "purpose": Purpose,
    "address_rule": AddressRule,
    "expires_at": datetime.fromisoformat,
}


def newest_events(keys: Collection[ApiKey]) -> list[int]:
    """Return the ID of each key's newest event, to undo what was just done to these keys."""
    newest = KeyEvent.objects.filter(key__in=keys).order_by().values("key").annotate(last=Max("pk"))
    return sorted(newest.values_list("last", flat=True))


@transaction.atomic
def undo(events: Collection[int], *, by: Actor) -> list[ApiKey]:
    """Undo these events. Returns the keys for which it was done.

    Other people's events, and those of keys that were changed since, are skipped. Raises RecentSignInRequired where a
    key gets access back; nothing is undone then.
    """
    own = KeyEvent.objects.filter(pk__in=events, kind__in=UNDOABLE, actor=by.user, key__account__user=by.user)
    undone = [_undo(event, by) for event in own.select_related("key__account").order_by("key_id", "pk")]
    return [key for key in undone if key]


def _undo(event: KeyEvent, by: Actor) -> ApiKey | None:
    try:
        with transaction.atomic():
            if event.kind == EventKind.PAUSED:
                return pausing.resume(event.key, by=by, last_event=event.pk)
            return editing.edit(event.key, _before(event), by=by, last_event=event.pk)
    except ValidationError:  # changed or deleted since
        return None


def _before(event: KeyEvent) -> KeySettings:
    before = {field: _READ.get(field, str)(old) for field, (old, _) in event.changes.items()}
    return replace(KeySettings.of(event.key), **before)
