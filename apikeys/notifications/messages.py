"""What a key's owner is told, in the bell and by e-mail: written in the transaction of what it tells, and once.

By e-mail at once, and not to be switched off: whatever somebody with a stolen session or secret would do, or would set
off. A key that is created, regenerated, resumed or allowed to do more; a secret that was exposed, or used from an
address that is not allowed; a key that somebody else has paused or deleted.

In the daily digest, and a choice: keys that the trader has paused or deleted (several within a minute are one notice),
keys that expire in 30 or 14 days, findings of the review. At once, and a choice: keys that expire within 7 days, and
those that have expired (see `expiry_reminders`).
"""

from collections.abc import Sequence
from datetime import UTC, timedelta

from django.db import transaction
from django.utils import timezone

from apikeys.audit.history import in_words
from apikeys.crypto import credentials
from apikeys.models import ApiKey, KeyEvent, Mailing, Notification, NotificationKind
from apikeys.notifications import background, delivery

TOGETHER = timedelta(minutes=1)


def notify_created(event: KeyEvent) -> None:
    key = event.key
    rights = " and ".join(sorted(key.permissions))
    places = ", ".join(key.network_list) or "any address"
    fact = f"It may {rights.replace('trading', 'trade')} from {places}, until {delivery.in_utc(key.expires_at)}."
    _post(event, NotificationKind.CREATED, f"“{key.name}” was created", fact)


def notify_widened(event: KeyEvent) -> None:
    with timezone.override(UTC):  # a mail is read anywhere
        changes = [f"{change.what}: {change.before} → {change.after}" for change in in_words(event.changes)]
    _post(event, NotificationKind.WIDENED, f"“{event.key.name}” may do more now", *changes)


def notify_resumed(event: KeyEvent) -> None:
    _post(event, NotificationKind.WIDENED, f"“{event.key.name}” was resumed", "Its calls are admitted again.")


def notify_regenerated(event: KeyEvent) -> None:
    key = event.key
    until = f"works until {delivery.in_utc(key.expires_at)}" if key.revoked_at is None else "has ended"
    _post(event, NotificationKind.REGENERATED, f"“{key.name}” was regenerated", f"The old key {until}.")


def notify_paused(event: KeyEvent) -> None:
    _notify_ended(event, NotificationKind.PAUSED, "paused")


def notify_deleted(event: KeyEvent) -> None:
    _notify_ended(event, NotificationKind.DELETED, "deleted")


def notify_exposed(event: KeyEvent) -> None:
    advice = "Whoever saw it can use it: regenerate the key, or delete it."
    _post(
        event, NotificationKind.EXPOSED, f"“{event.key.name}” was paused: its secret was exposed", event.reason, advice
    )


def notify_alarmed(events: Sequence[KeyEvent]) -> None:
    """One notice of all the addresses that a right secret was refused from."""
    event = events[0]
    title = f"“{event.key.name}”: its secret was used from an address that is not allowed"
    advice = "If that was not you, somebody else holds the secret: regenerate the key."
    _write(event, NotificationKind.ALARMED, title, advice, Mailing.NOW, [event.address for event in events])


# -- Steps -----------------------------------------------------------------------------------------------------------


def _notify_ended(event: KeyEvent, kind: NotificationKind, verb: str) -> None:
    if event.actor_id == event.key.account.user_id:
        _notify_with_others(event, kind, verb)
        return
    by = " by an administrator" if event.actor_id else ""
    _post(event, kind, f"“{event.key.name}” was {verb}{by}", event.reason)


def _notify_with_others(event: KeyEvent, kind: NotificationKind, verb: str) -> None:
    """Tell what the trader did, together with what they did to other keys a moment ago: not 50 notices of 50 keys."""
    line = " ".join(f"“{event.key.name}” {credentials.mask(event.key.public_id)}".split())
    earlier = (
        Notification.objects.select_for_update()
        .filter(user=event.key.account.user_id, kind=kind, mailing=Mailing.DAILY, read_at=None, claim=None)
        .filter(at__gt=event.at - TOGETHER)
        .first()
    )
    if earlier is None:
        _write(event, kind, f"“{event.key.name}” was {verb}", line, Mailing.DAILY)
        return
    lines = [*earlier.text.split("\n"), line]
    earlier.key, earlier.title, earlier.text = None, f"{len(lines)} keys were {verb}", "\n".join(lines)
    earlier.save(update_fields=["key", "title", "text"])


def _post(event: KeyEvent, kind: NotificationKind, title: str, *facts: str) -> None:
    by_administrator = event.actor_id and event.actor_id != event.key.account.user_id
    addresses = [event.address] if event.address and not by_administrator else []
    _write(event, kind, title, "\n".join(filter(None, facts)), Mailing.NOW, addresses)


def _write(
    event: KeyEvent, kind: NotificationKind, title: str, text: str, mailing: Mailing, addresses: Sequence[str] = ()
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
        mailing=mailing,
    )
    if mailing == Mailing.NOW:  # after the transaction: a mail server that is down must not undo what it tells
        user_id = key.account.user_id
        transaction.on_commit(lambda: background.soon(lambda: delivery.deliver(user_id)), robust=True)
