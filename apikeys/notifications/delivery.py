"""Send notifications by e-mail. A process claims a notification before it sends it, so that no two processes send it.

If sending fails, the claim ends at once; if the process dies, it ends after ten minutes. The next `send_notifications`
sends the mail then. A crash between sending and recording that can send a mail twice, but none is ever lost.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from smtplib import SMTPException
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from apikeys.db.batching import locked
from apikeys.models import Delivery, Notification, NotificationKind

logger = logging.getLogger(__name__)

CLAIM_HOLDS = timedelta(minutes=10)
DOWN, REST = "mail-server-down", 60  # a cache key, and for how many seconds nobody tries a mail server that is down
EXPIRY = (NotificationKind.EXPIRING, NotificationKind.EXPIRED)


def deliver_all() -> int:
    """Send all notifications for immediate delivery that haven't been sent. Returns the number of mails."""
    waiting = Notification.objects.filter(delivery=Delivery.IMMEDIATE, mailed_at=None).order_by()
    return sum(deliver(user_id) for user_id in waiting.values_list("user", flat=True).distinct())


def deliver(user_id: int) -> bool:
    """Send a trader's notifications for immediate delivery in one mail. Returns whether a mail was sent."""
    claimed = claim(Notification.objects.filter(user=user_id, delivery=Delivery.IMMEDIATE))
    if not claimed:
        return False
    subject = claimed[0].title if len(claimed) == 1 else f"{len(claimed)} notifications about your API keys"
    return send(claimed[0].user, subject, [*map(in_words, claimed), *_advice(claimed)], claimed)


def claim(notifications: QuerySet[Notification]) -> list[Notification]:
    """Claim notifications, oldest first. Those that are out of date are marked as not to be sent, and left out."""
    now, claim_id = timezone.now(), uuid4()
    free = Q(claimed_at=None) | Q(claimed_at__lt=now - CLAIM_HOLDS)
    with transaction.atomic():
        locked(notifications.filter(free, mailed_at=None)).update(claim=claim_id, claimed_at=now)
    claimed = list(Notification.objects.filter(claim=claim_id).select_related("user", "key").order_by("at", "id"))
    stale = [notification for notification in claimed if not is_current(notification)]
    do_not_send(stale)
    return [notification for notification in claimed if notification not in stale]


def is_current(notification: Notification) -> bool:
    """Return whether its trader can still get mail and, if it is about an expiration, whether that is still true."""
    if not notification.user.is_active or not notification.user.email:
        return False
    key = notification.key
    if notification.kind not in EXPIRY or key is None:
        return True
    ended = key.revoked_at or key.replaced_at or key.paused_at
    return not ended and key.expiry_set_at <= notification.at


def do_not_send(notifications: Iterable[Notification]) -> None:
    """Leave notifications in the app, and never mail them."""
    _change(notifications, delivery=Delivery.NONE)


def _change(notifications: Iterable[Notification], **values: object) -> None:
    with transaction.atomic():
        locked(Notification.objects.filter(pk__in=[notification.pk for notification in notifications])).update(**values)


def send(user: User, subject: str, parts: Iterable[str], notifications: Sequence[Notification]) -> bool:
    """Send one mail, and record that in its notifications. Returns False if the mail server didn't accept it."""
    subject = " ".join(f"[PERPTools] {subject}".split())  # a key's name can contain a line break, a subject can't
    try:
        _hand_over(subject, "\n\n".join(parts) + "\n", user.email)
    except (OSError, ValueError) as error:  # SMTPException is an OSError; an invalid e-mail address is a ValueError
        logger.warning("A mail to user %s was not sent (%r); send_notifications will try again.", user.pk, error)
        _change(notifications, claim=None, claimed_at=None)
        return False
    _change(notifications, mailed_at=timezone.now())
    return True


def _hand_over(subject: str, text: str, address: str) -> None:
    if cache.get(DOWN):
        raise ConnectionError("the mail server could not be reached a moment ago")
    try:
        send_mail(subject, text, None, [address])
    except OSError as error:
        if not isinstance(error, SMTPException):  # an SMTPException is about this one mail
            cache.add(DOWN, 1, REST)
        raise


def in_words(notification: Notification) -> str:
    where = url("apikeys:key_detail", notification.key_id) if notification.key_id else url("apikeys:key_list")
    return "\n".join(filter(None, [f"{notification.title}.", notification.facts, where]))


def in_utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%-d %b %Y, %H:%M} UTC"


def url(name: str, *args: int) -> str:
    return f"{settings.PUBLIC_URL}{reverse(name, args=args)}"


def _advice(notifications: Iterable[Notification]) -> Iterator[str]:
    if any(notification.kind not in EXPIRY for notification in notifications):
        yield f"If this was not you: pause all keys at {url('apikeys:keys_pause')}, and change your password."
    yield f"Manage your email notifications: {url('settings:page')}"
