"""Which message tells an owner of what happened to a key."""

from collections.abc import Callable, Sequence
from typing import Any

from apikeys.models import EventKind, KeyEvent
from apikeys.notifications import messages

# The other kinds are what the owner decided in a review: there is nothing to tell.
MESSAGES: dict[str, Callable[[KeyEvent], None]] = {
    EventKind.CREATED: messages.notify_created,
    EventKind.EDITED: messages.notify_widened,
    EventKind.PAUSED: messages.notify_paused,
    EventKind.RESUMED: messages.notify_resumed,
    EventKind.REGENERATED: messages.notify_regenerated,
    EventKind.REVOKED: messages.notify_deleted,
    EventKind.EXPOSED: messages.notify_exposed,
}


def notify_owner(events: Sequence[KeyEvent], widens: bool, **kwargs: Any) -> None:
    """Write the message about one act, in the act's transaction. Receives `key_events_recorded`."""
    event = events[0]
    if event.kind == EventKind.ALARMED:
        messages.notify_alarmed(events)
    elif not _needs_no_message(event, widens) and (tell := MESSAGES.get(event.kind)):
        tell(event)


def _needs_no_message(event: KeyEvent, widens: bool) -> bool:
    if event.kind == EventKind.CREATED:
        return event.key.replaces_id is not None  # its owner is told that the old key was regenerated
    return event.kind == EventKind.EDITED and not widens
