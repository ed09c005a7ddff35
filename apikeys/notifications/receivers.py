"""Choose the notification for each event of a key."""

from collections.abc import Callable, Sequence
from typing import Any

from apikeys.models import EventKind, KeyEvent
from apikeys.notifications import messages

# The other kinds are the owner's decisions in a review, which need no notification.
MESSAGES: dict[str, Callable[[KeyEvent], None]] = {
    EventKind.CREATED: messages.notify_created,
    EventKind.EDITED: messages.notify_widened,
    EventKind.PAUSED: messages.notify_paused,
    EventKind.RESUMED: messages.notify_resumed,
    EventKind.REGENERATED: messages.notify_regenerated,
    EventKind.REVOKED: messages.notify_deleted,
    EventKind.LEAKED: messages.notify_leaked,
}


def notify_owner(events: Sequence[KeyEvent], widens: bool, **kwargs: Any) -> None:
    """Write the notification about an event, in the event's transaction. Receives `key_events_recorded`."""
    event = events[0]
    if event.kind == EventKind.ALERTED:
        messages.notify_alerted(events)
    elif not _needs_no_message(event, widens) and (notify := MESSAGES.get(event.kind)):
        notify(event)


def _needs_no_message(event: KeyEvent, widens: bool) -> bool:
    if event.kind == EventKind.CREATED:
        return event.key.replaces_id is not None  # the old key's notification says that it was regenerated
    return event.kind == EventKind.EDITED and not widens
