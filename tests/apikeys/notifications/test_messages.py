"""Notices: what happens to a key is told once, to its owner, with no secret in it, whatever the mail server does."""

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

from apikeys.audit.log import Actor
from apikeys.keys import deletion, editing, leak_response, pausing, regeneration
from apikeys.keys.validation import KeySettings
from apikeys.models import Kind, Mailing, Notice, NoticeChoices
from apikeys.notifications import delivery
from tests.support.browser_client import TraderBrowser, form, text
from tests.support.factories import BOTH, HeldKey, make_key, make_trader, owner, settings_for
from tests.support.mailbox import forget_told, send_notices, told

pytestmark = pytest.mark.django_db

BELL = "/portfolio/notices/"
KEYS = "/portfolio/api-keys/"


@pytest.fixture
def user() -> User:
    """A trader who wants no mail about findings: those are tested elsewhere."""
    user = make_trader()
    NoticeChoices.objects.create(user=user, findings=False)
    return user


@pytest.fixture
def held(user: User) -> HeldKey:
    held = make_key(user.account, name="grid bot", networks="203.0.113.7")
    forget_told()
    return held


@pytest.fixture
def no_mail_server(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1


def widened(held: HeldKey, **changes: Any) -> KeySettings:
    same = {"name": held.key.name, "networks": held.key.networks, "expires_at": held.key.expires_at}
    return settings_for(**same | changes)


# -- What is told ----------------------------------------------------------------------------------------------------


def test_a_new_key_is_told_with_what_it_may_do(user: User) -> None:
    make_key(user.account, name="grid bot", permissions=BOTH, networks="203.0.113.7")
    notice = Notice.objects.get(user=user)
    assert notice.title == "“grid bot” was created"
    assert "It may read and trade from 203.0.113.7, until" in notice.text


def test_times_are_in_utc_whatever_the_traders_zone(user: User) -> None:
    expires_at = (timezone.now() + timedelta(days=30)).replace(hour=1, minute=30)
    with timezone.override("America/Lima"):
        held = make_key(user.account, expires_at=timezone.localtime(expires_at))
        editing.edit(held.key, widened(held, expires_at=expires_at + timedelta(days=1)), by=owner(user))
    created, edited = Notice.objects.filter(user=user).order_by("id")
    assert f"{expires_at:%-d %b %Y}, 01:30 UTC" in created.text
    assert f"{expires_at:%-d %b %Y}, 01:30 UTC → " in edited.text


@pytest.mark.parametrize(
    ("changes", "titles"),
    [
        ({"permissions": BOTH}, ["“grid bot” may do more now"]),
        ({"networks": ""}, ["“grid bot” may do more now"]),
        ({"networks": "203.0.113.0/24"}, ["“grid bot” may do more now"]),
        ({"name": "other name"}, []),
    ],
)
def test_only_an_edit_that_widens_is_told(
    user: User, held: HeldKey, changes: dict[str, Any], titles: list[str]
) -> None:
    editing.edit(held.key, widened(held, **changes), by=owner(user))
    assert told(user) == titles


def test_what_was_widened_is_said(user: User, held: HeldKey) -> None:
    editing.edit(held.key, widened(held, networks=""), by=owner(user))
    assert "Addresses: 203.0.113.7 → Any address" in Notice.objects.get(user=user).text


def test_regenerating_is_one_notice_and_not_two(user: User, held: HeldKey) -> None:
    expires_at = timezone.now() + timedelta(days=90)
    regeneration.regenerate(held.key, expires_at=expires_at, overlap=timedelta(hours=1), by=owner(user))
    assert told(user) == ["“grid bot” was regenerated"]


def test_pausing_and_resuming_are_told(user: User, held: HeldKey) -> None:
    pausing.pause(held.key, by=owner(user))
    pausing.resume(held.key, by=owner(user))
    assert told(user) == ["“grid bot” was paused", "“grid bot” was resumed"]


def test_what_changed_nothing_is_not_told(user: User, held: HeldKey) -> None:
    for _ in range(2):
        deletion.revoke(held.key, by=owner(user))
    assert told(user) == ["“grid bot” was deleted"]


def test_several_keys_deleted_at_once_are_one_notice(user: User) -> None:
    keys = [make_key(user.account).key for _ in range(5)]
    forget_told()
    TraderBrowser(user).post(f"{KEYS}delete/", {"key": [key.pk for key in keys]})
    assert told(user) == ["5 keys were deleted"]
    assert all(key.name in Notice.objects.get(user=user).text for key in keys)


def test_what_was_read_is_not_added_to(user: User) -> None:
    keys = [make_key(user.account).key for _ in range(2)]
    forget_told()
    for key in keys:
        pausing.pause(key, by=owner(user))
        Notice.objects.update(read_at=timezone.now())
    assert len(told(user)) == 2


def test_an_administrators_address_is_not_told(held: HeldKey, user: User) -> None:
    deletion.revoke(held.key, by=Actor(make_trader(is_staff=True), "198.51.100.1"), reason="Seen in public")
    notice = Notice.objects.get(user=user)
    assert (notice.title, notice.text) == ("“grid bot” was deleted by an administrator", "Seen in public")


@pytest.mark.parametrize("kind", list(Kind))
def test_no_secret_is_in_a_notice(user: User, kind: Kind) -> None:
    held = make_key(user.account, kind=kind)
    new, secret = regeneration.regenerate(
        held.key, expires_at=held.key.expires_at, overlap=timedelta(0), by=owner(user)
    )
    leak_response.expose(new, reason="Its secret was reported as leaked.")
    everything = " ".join(f"{notice.title} {notice.text}" for notice in Notice.objects.all())
    assert not [part for part in (held.secret, secret) if part.split("_")[-1] in everything]


# -- By mail ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["create", "regenerate", "resume", "expose", "alarm", "deleted by somebody else"])
def test_what_a_thief_would_do_is_mailed_at_once(
    user: User, held: HeldKey, verb: str, django_capture_on_commit_callbacks: Any
) -> None:
    pausing.pause(held.key, by=owner(user))
    verbs = {
        "create": lambda: make_key(user.account),
        "regenerate": lambda: regeneration.regenerate(
            held.key, expires_at=held.key.expires_at, overlap=timedelta(0), by=owner(user)
        ),
        "resume": lambda: pausing.resume(held.key, by=owner(user)),
        "expose": lambda: leak_response.expose(held.key, reason="It leaked."),
        "alarm": lambda: leak_response.alarm(held.key, ["198.51.100.1"], since=timezone.now()),
        "deleted by somebody else": lambda: deletion.revoke(held.key, by=owner(make_trader(is_staff=True))),
    }
    with django_capture_on_commit_callbacks(execute=True):
        verbs[verb]()
    assert [message.to for message in mail.outbox] == [[user.email]]


def test_what_the_trader_ends_waits_for_the_digest(
    user: User, held: HeldKey, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        deletion.revoke(held.key, by=owner(user))
    assert mail.outbox == []
    assert send_notices() == ["Your API keys today: 1 notice"]


def test_several_at_once_are_one_mail(user: User, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(3):
            make_key(user.account)
    assert [message.subject for message in mail.outbox] == ["[PERPTools] 3 notices about your API keys"]


def test_a_mail_is_sent_once(user: User, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        make_key(user.account, name="grid bot")
    assert (len(mail.outbox), send_notices(), send_notices()) == (1, [], [])


@pytest.mark.usefixtures("no_mail_server")
def test_a_mail_server_that_is_down_undoes_nothing(held: HeldKey, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        leak_response.expose(held.key, reason="It leaked.")
    held.key.refresh_from_db()
    assert held.key.paused_at


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_lost_while_a_mail_is_sent_costs_nobody_the_new_secret(user: User) -> None:
    def lost(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith('UPDATE "apikeys_notice" SET "mailed_at"'):
            raise OperationalError("terminating connection due to unexpected postmaster exit")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(lost):
        answer = TraderBrowser(user).post(f"{KEYS}new/", form(kind="bearer"))
    assert (answer.status_code, "ptk_" in text(answer), len(mail.outbox)) == (200, True, 1)


def test_what_was_not_sent_is_sent_later(
    user: User, held: HeldKey, settings: Settings, no_mail_server: None, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        leak_response.expose(held.key, reason="It leaked.")
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    cache.delete(delivery.DOWN)
    assert send_notices() == ["“grid bot” was paused: its secret was exposed"]


@pytest.mark.usefixtures("no_mail_server")
def test_a_mail_server_that_is_down_is_waited_for_once_a_minute(settings: Settings) -> None:
    for _ in range(2):
        make_key()
    delivery.deliver_all()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert (delivery.deliver_all(), cache.delete(delivery.DOWN), delivery.deliver_all()) == (0, True, 2)


def test_what_is_being_sent_is_not_sent_by_another(user: User) -> None:
    make_key(user.account)
    assert [len(delivery.claim(Notice.objects.filter(user=user))) for _ in range(2)] == [1, 0]


def test_what_somebody_claimed_who_died_is_sent_after_all(user: User) -> None:
    make_key(user.account, name="grid bot")
    delivery.claim(Notice.objects.filter(user=user))
    with time_machine.travel(timezone.now() + timedelta(minutes=11), tick=False):
        assert send_notices() == ["“grid bot” was created"]


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_send_one_mail_each() -> None:
    traders = [make_trader() for _ in range(3)]
    Notice.objects.bulk_create(
        Notice(user=user, kind="created", slug=f"test:{user.pk}", title="A notice", mailing=Mailing.NOW)
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
def test_nobody_is_written_to_who_cannot_be(user: User, change: dict[str, Any]) -> None:
    make_key(user.account)
    User.objects.filter(pk=user.pk).update(**change)
    assert send_notices() == []


def test_a_line_break_in_a_name_breaks_no_mail(user: User) -> None:
    make_key(user.account, name="grid\nBcc: all@example.com")
    assert send_notices() == ["“grid Bcc: all@example.com” was created"]


# -- The bell --------------------------------------------------------------------------------------------------------


def test_the_bell_counts_what_is_unread(user: User, held: HeldKey) -> None:
    pausing.pause(held.key, by=owner(user))
    assert "Notices 1 , 1 unread" in text(TraderBrowser(user).get())


def test_the_bell_opens_the_newest_notices_as_a_fragment(user: User, held: HeldKey) -> None:
    pausing.pause(held.key, by=owner(user))
    fragment = TraderBrowser(user).htmx_get(BELL, target="bell-notices")
    assert ("“grid bot” was paused" in text(fragment), b"<html" in fragment.content) == (True, False)


def test_a_notice_leads_to_its_key(user: User, held: HeldKey) -> None:
    pausing.pause(held.key, by=owner(user))
    assert f'<a href="{KEYS}{held.key.pk}/">“grid bot” was paused</a>' in TraderBrowser(user).get(BELL).content.decode()


def test_all_that_were_shown_are_marked_as_read(user: User, held: HeldKey) -> None:
    pausing.pause(held.key, by=owner(user))
    shown = Notice.objects.get(user=user)
    pausing.resume(held.key, by=owner(user))
    TraderBrowser(user).post(f"{BELL}read/", {"newest": shown.pk})
    assert list(Notice.objects.filter(user=user, read_at=None).values_list("title", flat=True)) == [
        "“grid bot” was resumed"
    ]


def test_marking_in_the_bell_shows_it_anew_in_the_same_answer(user: User, held: HeldKey) -> None:
    pausing.pause(held.key, by=owner(user))
    newest = {"newest": Notice.objects.get(user=user).pk}
    fragment = TraderBrowser(user).htmx_post(f"{BELL}read/", newest, target="bell-notices")
    assert (fragment.status_code, "“grid bot” was paused" in text(fragment), "Unread" in text(fragment)) == (
        200,
        True,
        False,
    )


@pytest.mark.parametrize("newest", ["", "x", "-1", "9" * 5000])
def test_a_senseless_number_marks_nothing(user: User, held: HeldKey, newest: str) -> None:
    pausing.pause(held.key, by=owner(user))
    TraderBrowser(user).post(f"{BELL}read/", {"newest": newest})
    assert Notice.objects.filter(user=user, read_at=None).exists()


def test_somebody_elses_notices_are_neither_shown_nor_marked(held: HeldKey, user: User) -> None:
    pausing.pause(held.key, by=owner(user))
    stranger = TraderBrowser(make_trader())
    stranger.post(f"{BELL}read/", {"newest": Notice.objects.get(user=user).pk})
    assert ("grid bot" in text(stranger.get(BELL)), Notice.objects.filter(read_at=None).count()) == (False, 1)


def test_older_notices_have_pages(user: User) -> None:
    Notice.objects.bulk_create(
        Notice(user=user, kind="created", slug=str(number), title=f"Number {number}.", mailing=Mailing.NEVER)
        for number in range(30)
    )
    pages = [text(TraderBrowser(user).get(f"{BELL}?page={page}")) for page in ("1", "2", "99", "x")]
    assert ["Number 1." in page for page in pages] == [False, True, True, False]


def test_a_key_made_on_the_page_is_told(user: User) -> None:
    TraderBrowser(user).post(f"{KEYS}new/", form(name="grid bot"))
    assert told(user) == ["“grid bot” was created"]
