"""The daily digest: at most one a day, with what is new, and none if nothing is."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from apikeys.keys import pausing
from apikeys.models import NotificationPreferences
from apikeys.notifications import delivery, digest
from apikeys.review import decisions
from tests.support.factories import make_trader, owner
from tests.support.mailbox import forget_told, send_notifications
from tests.support.risky_keys import aged, risky_trader

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def user() -> User:
    """A trader with a key without an IP restriction."""
    user = make_trader()
    aged(40 * DAY, user.account, name="open bot", networks="", expires_at=timezone.now() + 200 * DAY)
    forget_told()
    return user


def tomorrow(days: int = 1) -> time_machine.travel:
    return time_machine.travel(timezone.now().replace(hour=12) + days * DAY, tick=False)


def test_open_findings_are_mailed(user: User) -> None:
    assert send_notifications() == ["Your API keys today: 2 new findings"]
    assert "“open bot”: Anyone with the secret can use this key from any IP." in mail.outbox[0].body


def test_there_is_one_digest_a_day(user: User) -> None:
    send_notifications()
    pausing.pause(user.account.keys.get(), by=owner(user))
    assert send_notifications() == []
    with tomorrow():
        assert send_notifications() == ["Your API keys today: 1 notification"]


def test_known_findings_are_not_mailed_again(user: User) -> None:
    send_notifications()
    with tomorrow():
        assert send_notifications() == []


def test_returning_finding_is_new(user: User) -> None:
    finding = decisions.review(list(user.account.keys.all()), timezone.now()).open[0]
    NotificationPreferences.objects.create(user=user, findings_sent=[digest.name_of(finding)])
    decisions.snooze(finding, timezone.now() + 2 * DAY, by=owner(user))
    send_notifications()
    with tomorrow(3):
        assert send_notifications() == ["Your API keys today: 1 new finding"]


def test_unwanted_mail_is_not_sent(user: User) -> None:
    pausing.pause(user.account.keys.get(), by=owner(user))
    NotificationPreferences.objects.create(user=user, changes=False, findings=False)
    assert send_notifications() == []


def test_mail_server_outage_loses_no_digest(user: User, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert digest.send_all(timezone.now()) == 0
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    cache.delete(delivery.DOWN)
    assert send_notifications() == ["Your API keys today: 2 new findings"]


def test_number_of_queries_does_not_grow_with_traders() -> None:
    risky_trader()
    forget_told()
    with CaptureQueriesContext(connection) as one:
        digest.send_all(timezone.now())
    for _ in range(3):
        risky_trader()
    forget_told()
    with CaptureQueriesContext(connection) as three:
        digest.send_all(timezone.now() + DAY)
    selects = [[query for query in took if query["sql"].startswith("SELECT")] for took in (one, three)]
    assert len(selects[0]) == len(selects[1])
