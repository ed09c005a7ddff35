"""Reject a form that was opened before its key changed, because it would undo the change."""

from collections.abc import Iterable, Iterator

from django.core.exceptions import ValidationError

from apikeys.audit import history
from apikeys.models import ApiKey, EventKind, KeyEvent

SETTINGS = frozenset({EventKind.EDITED})
SETTINGS_AND_STATE = SETTINGS | {EventKind.PAUSED, EventKind.RESUMED, EventKind.LEAKED}
_SENTENCES = {
    EventKind.PAUSED: "The key was paused",
    EventKind.RESUMED: "The key was resumed",
    EventKind.LEAKED: "The key’s secret was exposed",
}


class KeyChanged(ValidationError):
    """The key changed after the form was opened. Nothing was saved.

    `key` is the current key, `fields` are the names of the changed settings, and `last_event` is the ID of the last
    event in the message.
    """

    def __init__(self, key: ApiKey, events: list[KeyEvent], fields: Iterable[str], messages: Iterable[str]) -> None:
        self.key = key
        self.fields = frozenset(fields)
        self.last_event = events[-1].pk
        intro = "This key changed after you opened this form. Nothing was saved."
        super().__init__([intro, *messages, "The form now shows the key as it is. Check it, then send it again."])


def require_unchanged(key: ApiKey, last_event: int | None, kinds: frozenset[EventKind]) -> None:
    """Raise KeyChanged where events of these kinds, later than `last_event`, have changed a locked key.

    `last_event` is the id of the key's newest event when the form was opened; None where there was no form. A setting
    that was changed and changed back is as the form shows it.
    """
    if last_event is None:
        return
    events = list(key.events.filter(pk__gt=last_event, kind__in=kinds).order_by("pk"))
    changes = history.net_changes(events)
    if messages := [*_settings(changes), *_state(events)]:
        raise KeyChanged(key, events, changes, messages)


def _settings(changes: dict[str, list[object]]) -> Iterator[str]:
    for change in history.in_words(changes):
        yield f"{change.what}: {change.before} → {change.after}"


def _state(events: Iterable[KeyEvent]) -> Iterator[str]:
    for event in events:
        if sentence := _SENTENCES.get(EventKind(event.kind)):
            yield f"{sentence}: {event.reason}" if event.reason else f"{sentence}."
