"""Events of a key notify its owner once, without any secret."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from apikeys.audit import history
from apikeys.audit.log import Actor
from apikeys.keys import deletion, editing, leak_response, pausing, regeneration
from apikeys.keys.validation import KeySettings
from apikeys.models import Kind, Notification
from tests.support.browser_client import TraderBrowser
from tests.support.factories import BOTH, IssuedKey, make_key, make_trader, owner, settings_for
from tests.support.mailbox import forget_told, told

pytestmark = pytest.mark.django_db

KEYS = "/portfolio/api-keys/"


def widened(issued: IssuedKey, **changes: Any) -> KeySettings:
    same = {"name": issued.key.name, "networks": issued.key.networks, "expires_at": issued.key.expires_at}
    return settings_for(**same | changes)


def test_notification_of_a_new_key_says_what_it_can_do(user: User) -> None:
    make_key(user.account, name="grid bot", permissions=BOTH, networks="203.0.113.7")
    notification = Notification.objects.get(user=user)
    assert notification.title == "“grid bot” was created"
    assert "It can read and trade from 203.0.113.7 until" in notification.text


def test_times_are_in_utc_in_any_time_zone(user: User) -> None:
    expires_at = (timezone.now() + timedelta(days=30)).replace(hour=1, minute=30)
    with timezone.override("America/Lima"):
        issued = make_key(user.account, expires_at=timezone.localtime(expires_at))
        editing.edit(issued.key, widened(issued, expires_at=expires_at + timedelta(days=1)), by=owner(user))
    created, edited = Notification.objects.filter(user=user).order_by("id")
    assert f"{expires_at:%-d %b %Y}, 01:30 UTC" in created.text
    assert f"{expires_at:%-d %b %Y}, 01:30 UTC → " in edited.text


@pytest.mark.parametrize(
    ("changes", "titles"),
    [
        ({"permissions": BOTH}, ["“grid bot” was given more access"]),
        ({"networks": ""}, ["“grid bot” was given more access"]),
        ({"networks": "203.0.113.0/24"}, ["“grid bot” was given more access"]),
        ({"name": "other name"}, []),
    ],
)
def test_only_edits_that_add_access_notify(
    user: User, issued: IssuedKey, changes: dict[str, Any], titles: list[str]
) -> None:
    editing.edit(issued.key, widened(issued, **changes), by=owner(user))
    assert told(user) == titles


def test_notification_says_what_was_widened(user: User, issued: IssuedKey) -> None:
    editing.edit(issued.key, widened(issued, networks=""), by=owner(user))
    assert "IP addresses: 203.0.113.7 → Any address" in Notification.objects.get(user=user).text


NETWORKS = [f"203.0.113.{number}" for number in range(1, 101)]


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        (NETWORKS[:99], NETWORKS, "99 → 100 (added 203.0.113.100)"),
        (NETWORKS[:50], NETWORKS[1:51], "50 → 50 (added 203.0.113.51; removed 203.0.113.1)"),
        (NETWORKS, [], "100 → Any address (removed 203.0.113.1, "),
        (NETWORKS[:6], [*NETWORKS[:5], "198.51.100.0/24"], "203.0.113.5, 203.0.113.6 → 203.0.113.1, 203.0.113.2, "),
    ],
)
def test_change_of_a_long_list_shows_what_is_different(
    user: User, before: list[str], after: list[str], change: str
) -> None:
    issued = make_key(user.account, networks=",".join(before))
    forget_told()
    editing.edit(issued.key, widened(issued, networks=",".join(after)), by=owner(user))
    assert change in Notification.objects.get(user=user).text


def test_long_list_in_another_order_is_said_to_be(user: User) -> None:
    [change] = history.in_words({"networks": [",".join(NETWORKS), ",".join(reversed(NETWORKS))]})
    assert (change.before, change.after) == ("100", "100 (in another order)")


def test_notification_of_a_new_key_counts_most_of_its_networks(user: User) -> None:
    make_key(user.account, networks=",".join(NETWORKS))
    text = Notification.objects.get(user=user).text
    assert "It can read from 203.0.113.1, 203.0.113.2, 203.0.113.3 and 97 more until" in text


def test_notification_of_an_alert_lists_six_addresses(user: User, issued: IssuedKey) -> None:
    leak_response.alert(issued.key, NETWORKS[10:30], since=timezone.now())
    first = Notification.objects.get(user=user).facts.splitlines()[0]
    assert first == f"We rejected requests from {', '.join(NETWORKS[10:16])} and 14 more."


def test_regenerating_makes_one_notification(user: User, issued: IssuedKey) -> None:
    expires_at = timezone.now() + timedelta(days=90)
    regeneration.regenerate(issued.key, expires_at=expires_at, overlap=timedelta(hours=1), by=owner(user))
    assert told(user) == ["“grid bot” was regenerated"]


def test_pausing_and_resuming_notify(user: User, issued: IssuedKey) -> None:
    pausing.pause(issued.key, by=owner(user))
    pausing.resume(issued.key, by=owner(user))
    assert told(user) == ["“grid bot” was paused", "“grid bot” was resumed"]


def test_actions_without_effect_do_not_notify(user: User, issued: IssuedKey) -> None:
    for _ in range(2):
        deletion.revoke(issued.key, by=owner(user))
    assert told(user) == ["“grid bot” was deleted"]


def test_keys_deleted_together_share_a_notification(user: User) -> None:
    keys = [make_key(user.account).key for _ in range(5)]
    forget_told()
    TraderBrowser(user).post(f"{KEYS}delete/", {"key": [key.pk for key in keys]})
    assert told(user) == ["5 keys were deleted"]
    assert all(key.name in Notification.objects.get(user=user).text for key in keys)


def test_read_notifications_are_not_extended(user: User) -> None:
    keys = [make_key(user.account).key for _ in range(2)]
    forget_told()
    for key in keys:
        pausing.pause(key, by=owner(user))
        Notification.objects.update(read_at=timezone.now())
    assert len(told(user)) == 2


def test_administrators_address_is_not_shown(issued: IssuedKey, user: User) -> None:
    deletion.revoke(issued.key, by=Actor(make_trader(is_staff=True), "198.51.100.1"), reason="Seen in public")
    notification = Notification.objects.get(user=user)
    assert (notification.title, notification.text) == ("“grid bot” was deleted by an administrator", "Seen in public")


@pytest.mark.parametrize("kind", list(Kind))
def test_notifications_contain_no_secret(user: User, kind: Kind) -> None:
    issued = make_key(user.account, kind=kind)
    new, secret = regeneration.regenerate(
        issued.key, expires_at=issued.key.expires_at, overlap=timedelta(0), by=owner(user)
    )
    leak_response.pause_leaked(new, reason="Its secret was reported as leaked.")
    everything = " ".join(f"{notification.title} {notification.text}" for notification in Notification.objects.all())
    assert not [part for part in (issued.secret, secret) if part.split("_")[-1] in everything]
