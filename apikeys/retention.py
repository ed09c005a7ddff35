"""Callers' addresses outside the counts of use: kept exactly for 30 days, and after that only as their networks.

What traders and administrators did keeps the address that they did it from: those are few, seen only by themselves and
by administrators, and whether it was them may be asked much later. Addresses in a key's settings are no callers'.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from apikeys.db.batching import batches, locked
from apikeys.models import ApiKey, KeyEvent, Notification
from apikeys.network.anonymization import anonymized_address, anonymized_client
from apikeys.notifications import messages
from apikeys.usage.buckets import exact_since

BATCH = 500  # rows changed in one transaction, so that nobody waits long for the tables


def anonymize(now: datetime) -> int:
    """Forget what is too old to be known exactly. Returns in how many rows."""
    before = exact_since(now)
    return _coarsen_events(before) + _coarsen_notices(before) + _coarsen_last_uses(before)


def _coarsen_events(before: datetime) -> int:
    """What nobody who was signed in did: a caller did it, or set it off."""
    exact = KeyEvent.objects.filter(actor=None, at__lt=before).exclude(
        Q(address="") | Q(address__endswith="/24") | Q(address__endswith="/48")
    )
    return sum(_coarsen_batch(batch) for batch in batches(exact, BATCH))


@transaction.atomic
def _coarsen_batch(events: Iterable[KeyEvent]) -> int:
    found = locked(KeyEvent.objects.filter(pk__in=[event.pk for event in events]))
    exact = {event.address for event in events if anonymized_address(event.address) != event.address}
    return sum(found.anonymize(address) for address in exact)


def _coarsen_notices(before: datetime) -> int:
    told = Notification.objects.filter(kind__in=messages.OF_CALLERS, at__lt=before)
    return sum(_rewrite(batch) for batch in batches(told, BATCH))


@transaction.atomic
def _rewrite(found: Iterable[Notification]) -> int:
    coarser = {
        notification.pk: text
        for notification in found
        if (text := messages.anonymized(notification.text)) != notification.text
    }
    return sum(Notification.objects.filter(pk=pk).update(text=text) for pk, text in coarser.items())


def _coarsen_last_uses(before: datetime) -> int:
    exact = (~Q(last_used_address="") & ~Q(last_used_address__contains="/")) | Q(last_used_client__contains="/")
    return sum(map(_coarsen_last_use, ApiKey.objects.filter(exact, last_used_at__lt=before).iterator()))


def _coarsen_last_use(key: ApiKey) -> int:
    # Not where it was used again meanwhile.
    return ApiKey.objects.filter(pk=key.pk, last_used_at=key.last_used_at).update(
        last_used_address=anonymized_address(key.last_used_address),
        last_used_client=anonymized_client(key.last_used_client),
    )
