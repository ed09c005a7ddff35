"""Remind traders that a key expires: 30, 14, 7, 3 and 1 days before, and when it has.

If several reminders are due, only the most urgent one is sent. Each is sent once for each expiration, so an extended
key gets new ones. Paused and replaced keys get none.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from apikeys.db.batching import batches
from apikeys.models import ApiKey, Delivery, Notification, NotificationKind, NotificationPreferences
from apikeys.notifications.delivery import in_utc

STEPS = (1, 3, 7, 14, 30)  # days before, the most urgent first
URGENT_DAYS = 7  # reminders so near the expiration are mailed at once
LOOKED_BACK = timedelta(days=30)  # how long after its expiration a key can still get a reminder
BATCH = 500


def find(now: datetime) -> int:
    """Create the reminders that are due. Returns how many."""
    keys = ApiKey.objects.live().filter(
        replaced_at=None,
        paused_at=None,
        account__user__is_active=True,
        expires_at__gt=now - LOOKED_BACK,
        expires_at__lte=now + timedelta(days=STEPS[-1]),
    )
    return sum(_write(batch, now) for batch in batches(keys.select_related("account"), BATCH))


def step(key: ApiKey, now: datetime) -> int | None:
    """Return the smallest of STEPS that covers the time left, 0 if the key has expired.

    None if no reminder is needed: the expiration is far away, or it was as near as that when the trader set it.
    """
    left = key.expires_at - now
    if left <= timedelta(0):
        return 0
    days = next((days for days in STEPS if left <= timedelta(days=days)), None)
    if days is None or key.expires_at - timedelta(days=days) <= key.expiry_set_at:
        return None
    return days


def _write(keys: Collection[ApiKey], now: datetime) -> int:
    unwanted = set(_not_by_mail(keys))
    found = [_notification(key, days, now, unwanted) for key in keys if (days := step(key, now)) is not None]
    known = set(
        Notification.objects.filter(slug__in=[notification.slug for notification in found]).values_list(
            "slug", flat=True
        )
    )
    new = [notification for notification in found if notification.slug not in known]
    Notification.objects.bulk_create(new, ignore_conflicts=True)  # another run may have created the same ones
    return len(new)


def _not_by_mail(keys: Collection[ApiKey]) -> list[int]:
    users = {key.account.user_id for key in keys}
    return list(NotificationPreferences.objects.filter(user__in=users, expiry=False).values_list("user", flat=True))


def _notification(key: ApiKey, days: int, now: datetime, unwanted: set[int]) -> Notification:
    delivery = Delivery.IMMEDIATE if days <= URGENT_DAYS else Delivery.DAILY
    return Notification(
        user_id=key.account.user_id,
        key=key,
        kind=NotificationKind.EXPIRING if days else NotificationKind.EXPIRED,
        slug=f"expiry:{key.pk}:{int(key.expires_at.timestamp())}:{days}",
        title=f"“{key.name}” {_when(key.expires_at - now) if days else 'has expired'}",
        text=_facts(key, days),
        at=now,
        delivery=Delivery.NONE if key.account.user_id in unwanted else delivery,
    )


def _when(left: timedelta) -> str:
    days = -(-left // timedelta(days=1))  # rounded up
    return "expires within a day" if days <= 1 else f"expires in {days} days"


def _facts(key: ApiKey, days: int) -> str:
    moment = in_utc(key.expires_at)
    if not days:
        return f"It stopped working on {moment}. Extend it with Edit, or delete it."
    return f"It expires on {moment}. Extend, regenerate or delete it."
