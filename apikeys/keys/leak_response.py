"""What happens when a key's secret was seen, or used, by someone else."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from apikeys.audit import log as audit_log
from apikeys.audit.log import Actor
from apikeys.keys import guards
from apikeys.models import ApiKey, EventKind
from apikeys.network.client_ip import UNKNOWN_IN_WORDS
from apikeys.usage.buckets import midnight

MOST_ALERTS = 20
MOST_SHOWN = 5  # addresses, the last ones first


@transaction.atomic
def pause_leaked(key: ApiKey, *, reason: str, address: str = "") -> ApiKey:
    """Pause a key whose secret was leaked, and notify its owner.

    This is recorded for paused keys, too, so that whoever resumes one knows.
    """
    key = guards.lock(key)
    if not needs_no_pause(key):
        key.paused_at = key.paused_at or timezone.now()
        key.save(update_fields=["paused_at"])
        audit_log.record(key, EventKind.LEAKED, Actor(address=address), reason)
    return key


def needs_no_pause(key: ApiKey) -> bool:
    """Return whether `pause_leaked` would change nothing: the key is deleted, or it is paused and its leak recorded."""
    return bool(key.revoked_at or (key.paused_at and key.events.filter(kind=EventKind.LEAKED).exists()))


@dataclass(frozen=True, slots=True)
class Misuse:
    """Signs that someone else has a key's secret: how it leaked, and from which IP addresses it was tried."""

    leaks: list[str]
    addresses: list[str]


def misuse_while_stopped(key: ApiKey, now: datetime) -> Misuse | None:
    """Return what the owner should know before a paused or expired key works again. None if there is nothing.

    It covers the whole day of the pause, because an IP address alerts only once a day.
    """
    moments = [moment for moment in (key.paused_at, key.expires_at) if moment and moment <= now]
    if not moments:
        return None
    events = list(key.events.filter(kind__in=[EventKind.LEAKED, EventKind.ALERTED], at__gte=midnight(min(moments))))
    leaks = [event.reason for event in events if event.kind == EventKind.LEAKED]
    addresses = [event.address or UNKNOWN_IN_WORDS for event in events if event.kind == EventKind.ALERTED]
    found = Misuse(list(dict.fromkeys(leaks)), list(dict.fromkeys(addresses))[:MOST_SHOWN])
    return found if events else None


@transaction.atomic
def alert(key: ApiKey, addresses: Collection[str], *, since: datetime) -> ApiKey:
    """Notify the owner that someone uses the right secret from IP addresses that aren't allowed. Doesn't pause the key.

    Each IP address alerts once since that moment, and at most MOST_ALERTS of them do: a thief has many.
    """
    key = guards.lock(key)
    known = set(key.events.filter(kind=EventKind.ALERTED, at__gte=since).values_list("address", flat=True))
    new = sorted(set(addresses) - known)[: max(0, MOST_ALERTS - len(known))]
    if new and not key.revoked_at:
        reason = "Used with the right secret from an IP address that isn’t allowed. We rejected the request."
        audit_log.record_clients(key, EventKind.ALERTED, new, reason)
    return key
