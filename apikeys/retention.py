"""Anonymize the IP addresses of clients 30 days after their request. (Usage counts do this in their rollup.)

What traders and administrators did keeps the IP address that they did it from: those are few, only they and
administrators see them, and the question whether it was really them can come up much later. IP addresses in a key's
settings aren't clients' and stay, too.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from apikeys.db.batching import batches, locked
from apikeys.models import ApiKey, KeyEvent, Notification, NotificationKind
from apikeys.network.anonymization import anonymized_address, anonymized_client
from apikeys.usage.buckets import exact_since

BATCH = 500  # rows changed in one transaction, so that nobody waits long for the tables
# The notifications that are about a client's IP address. The others have the IP address of a signed-in person.
ABOUT_CLIENTS = (NotificationKind.ALERTED, NotificationKind.LEAKED, NotificationKind.DELETED)


def anonymize(now: datetime) -> int:
    """Anonymize what is too old to stay exact. Returns the number of changed rows."""
    before = exact_since(now)
    return _anonymize_events(before) + _anonymize_notifications(before) + _anonymize_last_uses(before)


def _anonymize_events(before: datetime) -> int:
    """Anonymize the events without a signed-in actor: a client caused them."""
    exact = KeyEvent.objects.filter(actor=None, at__lt=before).exclude(
        Q(address="") | Q(address__endswith="/24") | Q(address__endswith="/48")
    )
    return sum(_anonymize_batch(batch) for batch in batches(exact, BATCH))


@transaction.atomic
def _anonymize_batch(events: Iterable[KeyEvent]) -> int:
    found = locked(KeyEvent.objects.filter(pk__in=[event.pk for event in events]))
    exact = {event.address for event in events if anonymized_address(event.address) != event.address}
    return sum(found.anonymize(address) for address in exact)


def _anonymize_notifications(before: datetime) -> int:
    old = Notification.objects.filter(kind__in=ABOUT_CLIENTS, at__lt=before)
    # The previous version wrote IP addresses into the text, and writes such rows while it runs beside this one.
    texts = old.filter(addresses__isnull=True).exclude(text="")
    exact = old.exclude(addresses__isnull=True).exclude(addresses=[])
    forgotten = sum(_forget_texts(batch) for batch in batches(texts, BATCH))
    return forgotten + sum(_anonymize_addresses(batch) for batch in batches(exact, BATCH))


@transaction.atomic
def _forget_texts(notifications: Iterable[Notification]) -> int:
    return locked(Notification.objects.filter(pk__in=[found.pk for found in notifications])).update(text="")


@transaction.atomic
def _anonymize_addresses(notifications: Iterable[Notification]) -> int:
    changed = [found for found in notifications if found.anonymized_addresses != found.addresses]
    for notification in changed:
        Notification.objects.filter(pk=notification.pk).update(addresses=notification.anonymized_addresses)
    return len(changed)


def _anonymize_last_uses(before: datetime) -> int:
    exact = (~Q(last_used_address="") & ~Q(last_used_address__contains="/")) | Q(last_used_client__contains="/")
    return sum(map(_anonymize_last_use, ApiKey.objects.filter(exact, last_used_at__lt=before).iterator()))


def _anonymize_last_use(key: ApiKey) -> int:
    # The filter by time leaves a key alone that was used again in the meantime.
    return ApiKey.objects.filter(pk=key.pk, last_used_at=key.last_used_at).update(
        last_used_address=anonymized_address(key.last_used_address),
        last_used_client=anonymized_client(key.last_used_client),
    )
