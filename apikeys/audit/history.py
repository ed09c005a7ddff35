"""A key's history in words: what was changed from what to what, by whom."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.utils import timezone

from apikeys.models import AddressRule, ApiKey, KeyEvent

EVENTS_SHOWN = 100
ADMINISTRATOR = "An administrator"


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
    return [Entry(event, *by(event, reader), list(changes_of(event))) for event in events]


def by(event: KeyEvent, reader: User) -> tuple[str, str]:
    """Who did it and from which address, as far as it is the reader's business."""
    whose = who(event, reader)
    return whose, "" if whose == ADMINISTRATOR else event.address


def who(event: KeyEvent, reader: User) -> str:
    if event.actor_id is None:
        return "PERPTools"
    return "You" if event.actor_id == reader.pk else ADMINISTRATOR


def changes_of(event: KeyEvent) -> Iterator[Change]:
    """What an edit changed, in words; times in the zone of whoever asks."""
    changes = dict(event.changes)
    rule, listed = changes.pop("address_rule", None), changes.pop("networks", None)
    if rule or listed:
        before, after = [_addresses(text) for text in listed] if listed else [_addresses("")] * 2
        yield Change("Addresses", before, after)
    for field, (before, after) in changes.items():
        yield Change(field.removesuffix("_at").capitalize(), _plain(field, before), _plain(field, after))


def _addresses(listed: str) -> str:
    return listed.replace(",", ", ") or AddressRule.ANY.label


def _plain(field: str, value: object) -> str:
    if isinstance(value, list):
        return ", ".join(str(one).capitalize() for one in value)
    if field.endswith("_at"):
        return f"{timezone.localtime(datetime.fromisoformat(str(value))):%-d %b %Y, %H:%M %Z}"
    return str(value).capitalize() if field == "purpose" else str(value)
