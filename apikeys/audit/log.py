"""Write the audit log: what happened to a key, and who did it."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import User

from apikeys.models import ApiKey, EventKind, KeyEvent
from apikeys.signals import key_events_recorded


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts on a key. Without a user it is the key itself, or the system."""

    user: User | None = None
    address: str = ""
    recently_signed_in: bool = False


def record(
    key: ApiKey,
    kind: EventKind,
    by: Actor,
    reason: str = "",
    changes: dict[str, list[object]] | None = None,
    *,
    widens: bool = False,
) -> KeyEvent:
    """Write one event of a key. Needs the transaction of what it records."""
    event = _write(key, kind, by, reason, changes)
    key_events_recorded.send(sender=KeyEvent, events=[event], widens=widens)
    return event


def record_clients(key: ApiKey, kind: EventKind, addresses: Iterable[str], reason: str) -> None:
    """Write an event for each IP address that a key was used from. Its owner is notified once."""
    events = [_write(key, kind, Actor(address=address), reason) for address in addresses]
    key_events_recorded.send(sender=KeyEvent, events=events, widens=False)


def _write(
    key: ApiKey, kind: EventKind, by: Actor, reason: str, changes: dict[str, list[object]] | None = None
) -> KeyEvent:
    return KeyEvent.objects.create(
        key=key, kind=kind, actor=by.user, address=by.address, reason=reason[:300], changes=changes or {}
    )
