"""Which message tells an owner of what happened to a key."""

from collections.abc import Callable, Sequence
from typing import Any

from apikeys.models import EventKind, KeyEvent
from apikeys.notifications import messages

# The other kinds are what the owner decided in a review: there is nothing to tell.
MESSAGES: dict[str, Callable[[KeyEvent], None]] = {
    EventKind.CREATED: messages.tell_created,
    EventKind.EDITED: messages.tell_widened,
    EventKind.PAUSED: messages.tell_paused,
    EventKind.RESUMED: messages.tell_resumed,
    EventKind.REGENERATED: messages.tell_regenerated,
    EventKind.REVOKED: messages.tell_deleted,
    EventKind.EXPOSED: messages.tell_exposed,
}


def tell_owner(events: Sequence[KeyEvent], widens: bool, **kwargs: Any) -> None:
    """Write the message about one act, in the act's transaction. Receives `key_events_recorded`."""
    event = events[0]
    if event.kind == EventKind.ALARMED:
        messages.tell_alarmed(events)
    elif not _needs_no_message(event, widens) and (tell := MESSAGES.get(event.kind)):
        tell(event)


def _needs_no_message(event: KeyEvent, widens: bool) -> bool:
    if event.kind == EventKind.CREATED:
        return event.key.replaces_id is not None  # its owner is told that the old key was regenerated
    return event.kind == EventKind.EDITED and not widens
