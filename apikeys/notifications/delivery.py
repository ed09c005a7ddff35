"""Notices by e-mail. A notice is claimed before it is sent, so that two that send at once never send it twice.

What could not be sent is free again at once, and what somebody claimed who then died is after ten minutes: the next
`send_key_notices` sends it. A crash between sending and remembering can send a mail twice, and never loses one.
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
from apikeys.models import Mailing, Notification, NotificationKind

logger = logging.getLogger(__name__)

CLAIM_HOLDS = timedelta(minutes=10)
DOWN, REST = "mail-server-down", 60  # seconds in which nobody else waits for a mail server that is down
EXPIRY = (NotificationKind.EXPIRING, NotificationKind.EXPIRED)


def deliver_all() -> int:
    """Send everything that is due at once. Returns the number of mails."""
    waiting = Notification.objects.filter(mailing=Mailing.NOW, mailed_at=None).order_by()
    return sum(deliver(user_id) for user_id in waiting.values_list("user", flat=True).distinct())


def deliver(user_id: int) -> bool:
    """Send a trader what is due at once, in one mail. False where there was nothing, or it could not be sent."""
    claimed = claim(Notification.objects.filter(user=user_id, mailing=Mailing.NOW))
    if not claimed:
        return False
    subject = claimed[0].title if len(claimed) == 1 else f"{len(claimed)} notices about your API keys"
    return send(claimed[0].user, subject, [*map(in_words, claimed), *_advice(claimed)], claimed)


def claim(notifications: QuerySet[Notification]) -> list[Notification]:
    """Take notices for sending, the oldest first. Those that hold no longer are put away instead."""
    now, mark = timezone.now(), uuid4()
    free = Q(claimed_at=None) | Q(claimed_at__lt=now - CLAIM_HOLDS)
    with transaction.atomic():
        locked(notifications.filter(free, mailed_at=None)).update(claim=mark, claimed_at=now)
    claimed = list(Notification.objects.filter(claim=mark).select_related("user", "key").order_by("at", "id"))
    stale = [notification for notification in claimed if not holds(notification)]
    put_away(stale)
    return [notification for notification in claimed if notification not in stale]


def holds(notification: Notification) -> bool:
    """Tell whether there is still somebody to tell, and whether a key that was to expire still is."""
    if not notification.user.is_active or not notification.user.email:
        return False
    key = notification.key
    if notification.kind not in EXPIRY or key is None:
        return True
    ended = key.revoked_at or key.replaced_at or key.paused_at
    return not ended and key.expiry_set_at <= notification.at


def put_away(notifications: Iterable[Notification]) -> None:
    """Leave them in the bell, and send them never."""
    _change(notifications, mailing=Mailing.NEVER)


def _change(notifications: Iterable[Notification], **values: object) -> None:
    with transaction.atomic():
        locked(Notification.objects.filter(pk__in=[notification.pk for notification in notifications])).update(**values)


def send(user: User, subject: str, parts: Iterable[str], told: Sequence[Notification]) -> bool:
    """Send one mail, and remember it of the notices it tells. False where the mail server does not take it."""
    subject = " ".join(f"[PERPTools] {subject}".split())  # a name may hold a line break, a subject may not
    try:
        _hand_over(subject, "\n\n".join(parts) + "\n", user.email)
    except (OSError, ValueError) as error:  # SMTPException is an OSError; an odd address is a ValueError
        logger.warning("A mail to user %s was not sent (%r); send_key_notices will try again.", user.pk, error)
        _change(told, claim=None, claimed_at=None)
        return False
    _change(told, mailed_at=timezone.now())
    return True


def _hand_over(subject: str, text: str, address: str) -> None:
    if cache.get(DOWN):
        raise ConnectionError("the mail server could not be reached a moment ago")
    try:
        send_mail(subject, text, None, [address])
    except OSError as error:
        if not isinstance(error, SMTPException):  # which would be about this one mail
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
    yield f"What we write to you about: {url('settings:page')}"
