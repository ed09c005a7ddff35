"""A key's secret was seen, or used, where it must not be."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from apikeys.audit import log as audit_log
from apikeys.audit.log import Actor
from apikeys.keys import guards
from apikeys.models import ApiKey, EventKind

MOST_ALARMS = 20


@transaction.atomic
def expose(key: ApiKey, *, reason: str, address: str = "") -> ApiKey:
    """Pause a key whose secret was seen where it must not be, and tell its owner.

    A key that was paused for another reason is exposed all the same: whoever resumes it should know.
    """
    key = guards.lock(key)
    if not stands_exposed(key):
        key.paused_at = key.paused_at or timezone.now()
        key.save(update_fields=["paused_at"])
        audit_log.record(key, EventKind.EXPOSED, Actor(address=address), reason)
    return key


def stands_exposed(key: ApiKey) -> bool:
    """Tell whether exposing a key would change nothing: it is gone, or it is paused and its exposure recorded."""
    return bool(key.revoked_at or (key.paused_at and key.events.filter(kind=EventKind.EXPOSED).exists()))


@transaction.atomic
def alarm(key: ApiKey, addresses: Collection[str], *, since: datetime) -> ApiKey:
    """Tell the owner that somebody calls with the right secret from addresses that are not allowed. Pauses nothing.

    Once per address since that moment, and at most for MOST_ALARMS addresses: a thief has many.
    """
    key = guards.lock(key)
    known = set(key.events.filter(kind=EventKind.ALARMED, at__gte=since).values_list("address", flat=True))
    new = sorted(set(addresses) - known)[: max(0, MOST_ALARMS - len(known))]
    if new and not key.revoked_at:
        reason = "Called with the right secret from an address that is not allowed. The call was refused."
        audit_log.record_callers(key, EventKind.ALARMED, new, reason)
    return key
