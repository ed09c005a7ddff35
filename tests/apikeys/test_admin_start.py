"""The start page of the Django admin."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apikeys.audit import log as audit_log
from apikeys.keys import deletion, leak_response, pausing
from apikeys.models import EventKind
from apikeys.usage import recorder as usage_recorder
from tests.support.browser_client import text
from tests.support.factories import make_key, make_trader, owner
from tests.support.usage_data import use

pytestmark = pytest.mark.django_db

START = "/admin/"


def start(admin: Client) -> str:
    return text(admin.get(START))


def test_empty_installation_needs_nothing(admin: Client) -> None:
    page = start(admin)
    assert "Nothing. No leaked key is left, and no key was used from elsewhere in the last 7 days." in page
    assert "No events yet." in page


def test_leaked_key_needs_attention_until_it_is_deleted(admin: Client) -> None:
    user = make_trader()
    key = make_key(user.account, name="leaked bot").key
    leak_response.pause_leaked(key, reason="Its secret was reported as leaked.")
    assert f"Leaked and still there: leaked bot of {user}, leaked just now." in start(admin)
    deletion.revoke(key, by=owner(user))
    assert "Leaked and still there" not in start(admin)


def test_key_used_from_elsewhere_needs_attention_for_a_week(admin: Client) -> None:
    key = make_key(name="stolen bot").key
    audit_log.record(key, EventKind.ALERTED, audit_log.Actor(address="45.9.148.7"))
    assert "Used from elsewhere: stolen bot , from 45.9.148.7 , just now." in start(admin)
    old = timezone.now() - timedelta(days=8)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE apikeys_keyevent SET at = %s", [connection.ops.adapt_datetimefield_value(old)])
    assert "Used from elsewhere:" not in start(admin)


def test_keys_are_counted_by_status_with_a_link_to_each(admin: Client) -> None:
    user = make_trader()
    for name in ("one", "two"):
        make_key(user.account, name=name)
    pausing.pause(make_key(user.account, name="paused").key, by=owner(user))
    assert "Active 2 Expiring 0 Paused 1 Expired 0 Deleted 0" in start(admin)
    assert 'href="/admin/apikeys/apikey/?status=paused"' in admin.get(START).content.decode()


def test_most_rejected_keys_come_first(admin: Client) -> None:
    user, now = make_trader(), timezone.now()
    for name, calls in (("calm", 2), ("noisy", 7)):
        use(make_key(user.account, name=name).key, now, outcome="key_paused", calls=calls)
    usage_recorder.flush()
    assert "noisy key_paused 7 calm key_paused 2" in start(admin)


def test_latest_events_say_who_and_why(admin: Client) -> None:
    user = make_trader()
    deletion.revoke(make_key(user.account, name="bot").key, by=owner(user), reason="Not needed")
    assert f"bot Deleted {user} Not needed" in start(admin)


def test_number_of_queries_does_not_grow(admin: Client) -> None:
    def filled(count: int) -> int:
        for number in range(count):
            key = make_key(name=f"bot {number}").key
            leak_response.pause_leaked(key, reason="Leaked.")
            use(key, timezone.now(), outcome="key_paused")
        usage_recorder.flush()
        with CaptureQueriesContext(connection) as queries:
            admin.get(START)
        return len(queries)

    filled(1)  # records the session, once a minute
    assert filled(2) == filled(6)


def test_staff_without_the_right_to_see_keys_sees_none(client: Client) -> None:
    staff = User.objects.create_user("staff", is_staff=True)
    staff.user_permissions.add(Permission.objects.get(codename="view_market"))
    leak_response.pause_leaked(make_key(name="leaked bot").key, reason="Leaked.")
    client.force_login(staff)
    page = start(client)
    assert "Needs attention" not in page
    assert "leaked bot" not in page
    assert "Markets" in page


def test_names_are_escaped(admin: Client) -> None:
    leak_response.pause_leaked(make_key(name="<b>bot</b>").key, reason="Leaked.")
    assert "<b>bot" not in admin.get(START).content.decode()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_theme_of_settings_applies_to_the_admin(admin: Client, theme: str) -> None:
    admin.cookies["theme"] = theme
    assert f"theme-{theme}" in admin.get(START).content.decode()
