"""What a trader finds in the bell and in the inbox."""

import re

from django.contrib.auth.models import User
from django.core import mail
from django.core.management import call_command

from apikeys.models import Notification


def told(user: User) -> list[str]:
    """The notifications of a trader, the oldest first."""
    return list(Notification.objects.filter(user=user).order_by("at", "id").values_list("title", flat=True))


def send_notifications() -> list[str]:
    """Run what cron runs. Returns the subjects of the mails it sent."""
    before = len(mail.outbox)
    call_command("send_notifications", verbosity=0)
    return [message.subject.removeprefix("[PERPTools] ") for message in mail.outbox[before:]]


def mailed_link(path: str) -> str:
    """The path in the last mail that starts so."""
    found = re.search(rf"http://testserver({path}\S+)", str(mail.outbox[-1].body))
    assert found, mail.outbox[-1].body
    return found[1]


def forget_told() -> None:
    """As if all that was told so far had been mailed and read."""
    Notification.objects.all().delete()
