"""A key's history in words: who changed what."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from apikeys.models import AddressRule, ApiKey, KeyEvent
from apikeys.wording import MOST_LISTED, listed

EVENTS_SHOWN = 100
ADMINISTRATOR = "An administrator"
ANY = AddressRule.ANY.label


@dataclass(frozen=True, slots=True)
class Change:
    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Entry:
    event: KeyEvent
    who: str
    address: str
    changes: list[Change]


def history(key: ApiKey, reader: User) -> list[Entry]:
    events = KeyEvent.objects.filter(key=key)[:EVENTS_SHOWN]
    return [Entry(event, *actor_label(event, reader), list(in_words(event.changes))) for event in events]


def actor_label(event: KeyEvent, reader: User) -> tuple[str, str]:
    """Return who did it and from which IP address, as far as the reader may know."""
    whose = who(event, reader)
    return whose, "" if whose == ADMINISTRATOR else event.address


def who(event: KeyEvent, reader: User) -> str:
    if event.actor_id is None:
        return "PERPTools"
    return "You" if event.actor_id == reader.pk else ADMINISTRATOR


def net_changes(events: Iterable[KeyEvent]) -> dict[str, list[object]]:
    """Add up what events changed, the oldest first: {field: [before the first, after the last]}."""
    found: dict[str, list[object]] = {}
    for event in events:
        for field, (before, after) in event.changes.items():
            found[field] = [found.get(field, [before])[0], after]
    return {field: pair for field, pair in found.items() if pair[0] != pair[1]}


def in_words(changed: Mapping[str, list[Any]]) -> Iterator[Change]:
    """Say what was changed, with times in the reader’s time zone. `changed` is {field: [before, after]}."""
    changes = dict(changed)
    rule, lists = changes.pop("address_rule", None), changes.pop("networks", None)
    if rule or lists:
        yield _address_change(*(networks.split(",") if networks else [] for networks in lists or ("", "")))
    for field, (before, after) in changes.items():
        yield Change(field.removesuffix("_at").capitalize(), _plain(field, before), _plain(field, after))


def _address_change(before: list[str], after: list[str]) -> Change:
    """Show short lists, and of long ones how many entries they have and which of them were added and removed."""
    pair = before, after
    if max(map(len, pair)) <= MOST_LISTED:
        return Change("IP addresses", *(", ".join(listing) or ANY for listing in pair))
    moved = {
        "added": [entry for entry in after if entry not in before],
        "removed": [entry for entry in before if entry not in after],
    }
    said = [f"{verb} {listed(entries)}" for verb, entries in moved.items() if entries] or ["in another order"]
    old_count, new_count = (str(len(listing) or ANY) for listing in pair)
    return Change("IP addresses", old_count, f"{new_count} ({'; '.join(said)})")


def _plain(field: str, value: object) -> str:
    if isinstance(value, list):
        return ", ".join(str(one).capitalize() for one in value)
    if field.endswith("_at"):
        return f"{timezone.localtime(datetime.fromisoformat(str(value))):%-d %b %Y, %H:%M %Z}"
    return str(value).capitalize() if field == "purpose" else str(value)
