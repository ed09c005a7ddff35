"""Notifications are mailed once, whatever the mail server does."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core import mail
from django.core.cache import cache
from django.db import OperationalError, connection
from django.utils import timezone
from pytest_django import Settings

from apikeys.keys import deletion, leak_response, pausing, regeneration
from apikeys.models import Delivery, Notification
from apikeys.notifications import delivery
from tests.support.browser_client import TraderBrowser, form, text
from tests.support.factories import IssuedKey, make_key, make_trader, owner
from tests.support.mailbox import send_notifications

pytestmark = pytest.mark.django_db


KEYS = "/portfolio/api-keys/"


@pytest.mark.parametrize("verb", ["create", "regenerate", "resume", "expose", "alarm", "deleted by somebody else"])
def test_actions_of_a_thief_are_mailed_at_once(
    user: User, issued: IssuedKey, verb: str, django_capture_on_commit_callbacks: Any
) -> None:
    pausing.pause(issued.key, by=owner(user))
    verbs = {
        "create": lambda: make_key(user.account),
        "regenerate": lambda: regeneration.regenerate(
            issued.key, expires_at=issued.key.expires_at, overlap=timedelta(0), by=owner(user)
        ),
        "resume": lambda: pausing.resume(issued.key, by=owner(user)),
        "expose": lambda: leak_response.pause_leaked(issued.key, reason="It leaked."),
        "alarm": lambda: leak_response.alert(issued.key, ["198.51.100.1"], since=timezone.now()),
        "deleted by somebody else": lambda: deletion.revoke(issued.key, by=owner(make_trader(is_staff=True))),
    }
    with django_capture_on_commit_callbacks(execute=True):
        verbs[verb]()
    assert [message.to for message in mail.outbox] == [[user.email]]


def test_stopping_ones_own_key_waits_for_the_digest(
    user: User, issued: IssuedKey, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        deletion.revoke(issued.key, by=owner(user))
    assert mail.outbox == []
    assert send_notifications() == ["Your API keys today: 1 notification"]


def test_several_notifications_share_one_mail(user: User, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(3):
            make_key(user.account)
    assert [message.subject for message in mail.outbox] == ["[PERPTools] 3 notifications about your API keys"]


def test_mail_is_sent_once(user: User, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        make_key(user.account, name="grid bot")
    assert (len(mail.outbox), send_notifications(), send_notifications()) == (1, [], [])


@pytest.mark.usefixtures("no_mail_server")
def test_mail_server_outage_undoes_nothing(issued: IssuedKey, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        leak_response.pause_leaked(issued.key, reason="It leaked.")
    issued.key.refresh_from_db()
    assert issued.key.paused_at


@pytest.mark.django_db(transaction=True)
def test_database_loss_while_mailing_does_not_lose_the_new_secret(user: User) -> None:
    def lost(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith('UPDATE "apikeys_notice" SET "mailed_at"'):
            raise OperationalError("terminating connection due to unexpected postmaster exit")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(lost):
        answer = TraderBrowser(user).post(f"{KEYS}new/", form(kind="bearer"))
    assert (answer.status_code, "ptk_" in text(answer), len(mail.outbox)) == (200, True, 1)


def test_unsent_mail_is_sent_later(
    user: User, issued: IssuedKey, settings: Settings, no_mail_server: None, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        leak_response.pause_leaked(issued.key, reason="It leaked.")
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    cache.delete(delivery.DOWN)
    assert send_notifications() == ["“grid bot” was paused because its secret was exposed"]


@pytest.mark.usefixtures("no_mail_server")
def test_mail_server_outage_is_waited_for_once_a_minute(settings: Settings) -> None:
    for _ in range(2):
        make_key()
    delivery.deliver_all()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert (delivery.deliver_all(), cache.delete(delivery.DOWN), delivery.deliver_all()) == (0, True, 2)


def test_claimed_notification_is_not_sent_by_another_process(user: User) -> None:
    make_key(user.account)
    assert [len(delivery.claim(Notification.objects.filter(user=user))) for _ in range(2)] == [1, 0]


def test_claim_of_a_dead_process_expires(user: User) -> None:
    make_key(user.account, name="grid bot")
    delivery.claim(Notification.objects.filter(user=user))
    with time_machine.travel(timezone.now() + timedelta(minutes=11), tick=False):
        assert send_notifications() == ["“grid bot” was created"]


@pytest.mark.django_db(transaction=True)
def test_two_simultaneous_runs_send_one_mail_each() -> None:
    traders = [make_trader() for _ in range(3)]
    Notification.objects.bulk_create(
        Notification(
            user=user, kind="created", slug=f"test:{user.pk}", title="A notification", delivery=Delivery.IMMEDIATE
        )
        for user in traders
    )

    def run(_: int) -> int:
        try:
            return delivery.deliver_all()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(run, range(4))) == len(mail.outbox) == 3


@pytest.mark.parametrize("change", [{"email": ""}, {"is_active": False}])
def test_inactive_users_and_users_without_address_get_no_mail(user: User, change: dict[str, Any]) -> None:
    make_key(user.account)
    User.objects.filter(pk=user.pk).update(**change)
    assert send_notifications() == []


def test_line_break_in_a_name_breaks_no_mail(user: User) -> None:
    make_key(user.account, name="grid\nBcc: all@example.com")
    assert send_notifications() == ["“grid Bcc: all@example.com” was created"]
