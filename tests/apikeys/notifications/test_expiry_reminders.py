"""Expiry reminders: 30, 14, 7, 3 and 1 days before, and after the expiration; each once, the most urgent only."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.management import call_command

from apikeys.keys import deletion, editing, pausing, regeneration
from apikeys.models import ApiKey, Notification, NotificationPreferences
from apikeys.notifications import expiry_reminders
from tests.support.factories import make_key, make_trader, owner, settings_for
from tests.support.mailbox import forget_told, send_notifications, told

pytestmark = pytest.mark.django_db

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
EXPIRES = START + timedelta(days=90)
SECOND = timedelta(seconds=1)


@pytest.fixture
def user() -> User:
    return make_trader()


@pytest.fixture
def key(user: User) -> ApiKey:
    return made(user)


def made(user: User, expires_at: datetime = EXPIRES) -> ApiKey:
    with time_machine.travel(START, tick=False):
        key = make_key(user.account, name=f"bot until {expires_at:%j %H:%M:%S}", expires_at=expires_at).key
        forget_told()
    return key


def look(at: datetime) -> int:
    with time_machine.travel(at, tick=False):
        return expiry_reminders.find(at)


def words(user: User) -> list[str]:
    return [title.split("” ")[1] for title in told(user)]


@pytest.mark.parametrize(("days", "said"), [(30, "30 days"), (14, "14 days"), (7, "7 days"), (3, "3 days")])
def test_each_reminder_is_due_from_its_exact_time(user: User, key: ApiKey, days: int, said: str) -> None:
    moment = EXPIRES - timedelta(days=days)
    Notification.objects.all().delete()
    look(moment - SECOND)
    before = len(told(user))
    look(moment)
    assert (len(told(user)) - before, words(user)[-1]) == (1, f"expires in {said}")


def test_last_day_and_expiration_have_reminders(user: User, key: ApiKey) -> None:
    for moment in (EXPIRES - timedelta(days=1), EXPIRES - SECOND, EXPIRES, EXPIRES + timedelta(days=1)):
        look(moment)
    assert words(user) == ["expires within a day", "has expired"]


def test_hourly_runs_create_each_reminder_once(user: User) -> None:
    made(user, expires_at=START + timedelta(days=35))
    for hours in range(0, 37 * 24, 6):
        look(START + timedelta(hours=hours))
    in_days = [f"expires in {days} days" for days in (30, 14, 7, 3)]
    assert words(user) == [*in_days, "expires within a day", "has expired"]


@pytest.mark.parametrize(
    ("days_before", "said"),
    [(20, "expires in 20 days"), (5, "expires in 5 days"), (0.5, "expires within a day"), (-10, "has expired")],
)
def test_only_the_most_urgent_reminder_is_created_after_days_without_a_run(
    user: User, key: ApiKey, days_before: float, said: str
) -> None:
    look(EXPIRES - timedelta(days=days_before))
    assert words(user) == [said]


@pytest.mark.parametrize(("lives", "said"), [(7, []), (8, ["expires in 7 days"]), (31, ["expires in 30 days"])])
def test_expiration_the_trader_has_just_set_needs_no_reminder(user: User, lives: int, said: list[str]) -> None:
    made(user, expires_at=START + timedelta(days=lives))
    for hours in range(25):
        look(START + timedelta(hours=hours))
    assert words(user) == said


def test_extended_key_gets_new_reminders(user: User, key: ApiKey) -> None:
    look(EXPIRES - timedelta(days=7))
    later = EXPIRES + timedelta(days=60)
    with time_machine.travel(EXPIRES - timedelta(days=6), tick=False):
        editing.edit(key, settings_for(name=key.name, expires_at=later), by=owner(user))
        forget_told()
    look(later - timedelta(days=7))
    assert words(user) == ["expires in 7 days"]


@pytest.mark.parametrize("verb", ["pause", "revoke", "regenerate"])
def test_unusable_and_replaced_keys_get_no_reminders(user: User, key: ApiKey, verb: str) -> None:
    with time_machine.travel(START + timedelta(days=1), tick=False):
        if verb == "regenerate":
            new_end, overlap = EXPIRES + timedelta(days=200), timedelta(days=7)
            regeneration.regenerate(key, expires_at=new_end, overlap=overlap, by=owner(user))
        else:
            {"pause": pausing.pause, "revoke": deletion.revoke}[verb](key, by=owner(user))
        forget_told()
    assert (look(EXPIRES - timedelta(days=3)), look(START + timedelta(days=7))) == (0, 0)


def test_near_reminders_are_mailed_at_once_and_far_ones_in_the_digest(user: User, key: ApiKey) -> None:
    NotificationPreferences.objects.create(user=user, findings=False)
    sent = []
    for days in (30, 7, 0):
        with time_machine.travel(EXPIRES - timedelta(days=days), tick=False):
            sent += send_notifications() + send_notifications()
    name = f"“{key.name}”"
    assert sent == ["Your API keys today: 1 notification", f"{name} expires in 7 days", f"{name} has expired"]


def test_reminder_without_mail_is_in_the_app(user: User, key: ApiKey) -> None:
    NotificationPreferences.objects.create(user=user, expiry=False, findings=False)
    with time_machine.travel(EXPIRES - timedelta(days=3), tick=False):
        assert (send_notifications(), words(user)) == ([], ["expires in 3 days"])


def test_outdated_reminder_is_not_mailed(user: User, key: ApiKey) -> None:
    NotificationPreferences.objects.create(user=user, findings=False, changes=False)
    look(moment := EXPIRES - timedelta(days=3))
    with time_machine.travel(moment, tick=False):
        pausing.pause(key, by=owner(user))
        assert send_notifications() == []


def test_number_of_queries_does_not_grow_with_keys(django_assert_max_num_queries: object) -> None:
    for _ in range(3):
        user = make_trader()
        for number in range(4):
            made(user, EXPIRES + timedelta(seconds=number))
    with django_assert_max_num_queries(8):  # type: ignore[operator]
        assert look(EXPIRES - timedelta(days=2)) == 12


def test_command_reports_what_it_did(user: User, key: ApiKey, capsys: pytest.CaptureFixture[str]) -> None:
    with time_machine.travel(EXPIRES - timedelta(days=2), tick=False):
        call_command("send_notifications")
    said = capsys.readouterr().out
    assert "New expiry reminders: 1." in said
    assert "Mails sent: 1." in said


def test_old_name_of_the_command_still_works(user: User, key: ApiKey, capsys: pytest.CaptureFixture[str]) -> None:
    with time_machine.travel(EXPIRES - timedelta(days=2), tick=False):
        call_command("send_key_notices")
    said = capsys.readouterr()
    assert "New expiry reminders: 1." in said.out
    assert "Use send_notifications" in said.err
