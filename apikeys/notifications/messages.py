"""The notifications of a key's owner, in the app and by e-mail. Each is written once, in the transaction of its event.

Mailed at once, and can't be turned off: everything that someone with a stolen session or secret would do or cause. A
key was created, regenerated, resumed or given more access; its secret leaked, or was used from an IP address that isn't
allowed; someone else paused or deleted the key.

In the daily digest, and can be turned off: keys that the trader paused or deleted (those of one minute share a
notification), keys that expire in 30 or 14 days, findings of the review. Mailed at once, and can be turned off: keys
that expire within 7 days or have expired (see `expiry_reminders`).
"""

from collections.abc import Sequence
from datetime import UTC, timedelta

from django.db import transaction
from django.utils import timezone

from apikeys.audit.history import in_words
from apikeys.crypto import credentials
from apikeys.keys.preview import rights
from apikeys.models import ApiKey, Delivery, KeyEvent, Notification, NotificationKind
from apikeys.notifications import background
from apikeys.notifications.delivery import deliver, in_utc

TOGETHER = timedelta(minutes=1)


def notify_created(event: KeyEvent) -> None:
    key = event.key
    fact = f"It can {rights(key.permissions, key.networks)} until {in_utc(key.expires_at)}."
    _post(event, NotificationKind.CREATED, f"“{key.name}” was created", fact)


def notify_widened(event: KeyEvent) -> None:
    with timezone.override(UTC):  # the mail can be read in any time zone
        changes = [f"{change.what}: {change.before} → {change.after}" for change in in_words(event.changes)]
    _post(event, NotificationKind.WIDENED, f"“{event.key.name}” was given more access", *changes)


def notify_resumed(event: KeyEvent) -> None:
    _post(event, NotificationKind.WIDENED, f"“{event.key.name}” was resumed", "We accept its requests again.")


def notify_regenerated(event: KeyEvent) -> None:
    key = event.key
    until = f"works until {in_utc(key.expires_at)}" if key.revoked_at is None else "no longer works"
    _post(event, NotificationKind.REGENERATED, f"“{key.name}” was regenerated", f"The old key {until}.")


def notify_paused(event: KeyEvent) -> None:
    _notify_ended(event, NotificationKind.PAUSED, "paused")


def notify_deleted(event: KeyEvent) -> None:
    _notify_ended(event, NotificationKind.DELETED, "deleted")


def notify_leaked(event: KeyEvent) -> None:
    advice = "Anyone who saw it can use it. Regenerate or delete the key."
    _post(
        event,
        NotificationKind.LEAKED,
        f"“{event.key.name}” was paused because its secret was exposed",
        event.reason,
        advice,
    )


def notify_alerted(events: Sequence[KeyEvent]) -> None:
    """Write one notification about all IP addresses from which the right secret was rejected."""
    event = events[0]
    title = f"“{event.key.name}” was used from an IP address that isn’t allowed"
    advice = "If that wasn’t you, someone else has the secret. Regenerate the key."
    _write(event, NotificationKind.ALERTED, title, advice, Delivery.IMMEDIATE, [event.address for event in events])


# -- Steps -----------------------------------------------------------------------------------------------------------


def _notify_ended(event: KeyEvent, kind: NotificationKind, verb: str) -> None:
    if event.actor_id == event.key.account.user_id:
        _notify_with_others(event, kind, verb)
        return
    by = " by an administrator" if event.actor_id else ""
    _post(event, kind, f"“{event.key.name}” was {verb}{by}", event.reason)


def _notify_with_others(event: KeyEvent, kind: NotificationKind, verb: str) -> None:
    """Add to the notification about what the trader did to other keys a moment ago, or write a new one."""
    line = " ".join(f"“{event.key.name}” {credentials.mask(event.key.public_id)}".split())
    earlier = (
        Notification.objects.select_for_update()
        .filter(user=event.key.account.user_id, kind=kind, delivery=Delivery.DAILY, read_at=None, claim=None)
        .filter(at__gt=event.at - TOGETHER)
        .first()
    )
    if earlier is None:
        _write(event, kind, f"“{event.key.name}” was {verb}", line, Delivery.DAILY)
        return
    lines = [*earlier.text.split("\n"), line]
    earlier.key, earlier.title, earlier.text = None, f"{len(lines)} keys were {verb}", "\n".join(lines)
    earlier.save(update_fields=["key", "title", "text"])


def _post(event: KeyEvent, kind: NotificationKind, title: str, *facts: str) -> None:
    by_administrator = event.actor_id and event.actor_id != event.key.account.user_id
    addresses = [event.address] if event.address and not by_administrator else []
    _write(event, kind, title, "\n".join(filter(None, facts)), Delivery.IMMEDIATE, addresses)


def _write(
    event: KeyEvent, kind: NotificationKind, title: str, text: str, delivery: Delivery, addresses: Sequence[str] = ()
) -> None:
    key: ApiKey = event.key
    Notification.objects.create(
        user_id=key.account.user_id,
        key=key,
        kind=kind,
        slug=f"event:{event.pk}",
        title=title,
        text=text,
        addresses=list(addresses),
        at=event.at,
        delivery=delivery,
    )
    if delivery == Delivery.IMMEDIATE:  # after the transaction: a mail server that is down must not undo the change
        user_id = key.account.user_id
        transaction.on_commit(lambda: background.soon(lambda: deliver(user_id)), robust=True)
