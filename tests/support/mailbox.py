"""A trader's notifications and mails."""

import re

from django.contrib.auth.models import User
from django.core import mail
from django.core.management import call_command

from apikeys.models import Notification


def told(user: User) -> list[str]:
    """Return the titles of a trader's notifications, oldest first."""
    return list(Notification.objects.filter(user=user).order_by("at", "id").values_list("title", flat=True))


def send_notifications() -> list[str]:
    """Run the cron job. Returns the subjects of the mails it sent."""
    before = len(mail.outbox)
    call_command("send_notifications", verbosity=0)
    return [message.subject.removeprefix("[PERPTools] ") for message in mail.outbox[before:]]


def mailed_link(path: str) -> str:
    """Return the path in the last mail that starts with this."""
    found = re.search(rf"http://testserver({path}\S+)", str(mail.outbox[-1].body))
    assert found, mail.outbox[-1].body
    return found[1]


def forget_told() -> None:
    """Mark all notifications as mailed and read."""
    Notification.objects.all().delete()
