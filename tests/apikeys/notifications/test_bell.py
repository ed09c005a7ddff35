"""The bell, and the page with all notifications."""

import pytest
from django.contrib.auth.models import User

from apikeys.keys import pausing
from apikeys.models import Delivery, Notification
from tests.support.browser_client import TraderBrowser, form, text
from tests.support.factories import IssuedKey, make_key, make_trader, owner
from tests.support.mailbox import told

pytestmark = pytest.mark.django_db


BELL = "/portfolio/notifications/"
KEYS = "/portfolio/api-keys/"


def test_bell_counts_unread_notifications(user: User, issued: IssuedKey) -> None:
    pausing.pause(issued.key, by=owner(user))
    assert "Notifications 1 , 1 unread" in text(TraderBrowser(user).get())


def test_bell_opens_the_newest_notifications_as_a_fragment(user: User, issued: IssuedKey) -> None:
    pausing.pause(issued.key, by=owner(user))
    fragment = TraderBrowser(user).htmx_get(BELL, target="bell-notifications")
    assert ("“grid bot” was paused" in text(fragment), b"<html" in fragment.content) == (True, False)


def test_notification_links_to_its_key(user: User, issued: IssuedKey) -> None:
    pausing.pause(issued.key, by=owner(user))
    assert (
        f'<a href="{KEYS}{issued.key.pk}/">“grid bot” was paused</a>' in TraderBrowser(user).get(BELL).content.decode()
    )


def test_long_notification_shows_six_lines_and_the_rest_on_demand(user: User) -> None:
    keys = [make_key(user.account).key for _ in range(9)]
    TraderBrowser(user).post(f"{KEYS}delete/", {"key": [key.pk for key in keys]})
    page = TraderBrowser(user).get(BELL).content.decode()
    shown, more = page.split("<summary>", 1)
    listed = [key.name in shown.split("9 keys were deleted")[1] for key in keys]
    assert (listed, "3 more" in more, keys[-1].name in more) == ([True] * 6 + [False] * 3, True, True)
    assert "\\n" not in page


def test_all_shown_notifications_are_marked_as_read(user: User, issued: IssuedKey) -> None:
    pausing.pause(issued.key, by=owner(user))
    shown = Notification.objects.get(user=user)
    pausing.resume(issued.key, by=owner(user))
    TraderBrowser(user).post(f"{BELL}read/", {"newest": shown.pk})
    assert list(Notification.objects.filter(user=user, read_at=None).values_list("title", flat=True)) == [
        "“grid bot” was resumed"
    ]


def test_marking_in_the_bell_updates_it_in_the_same_response(user: User, issued: IssuedKey) -> None:
    pausing.pause(issued.key, by=owner(user))
    newest = {"newest": Notification.objects.get(user=user).pk}
    fragment = TraderBrowser(user).htmx_post(f"{BELL}read/", newest, target="bell-notifications")
    assert (fragment.status_code, "“grid bot” was paused" in text(fragment), "Unread" in text(fragment)) == (
        200,
        True,
        False,
    )


@pytest.mark.parametrize("newest", ["", "x", "-1", "9" * 5000])
def test_invalid_number_marks_nothing(user: User, issued: IssuedKey, newest: str) -> None:
    pausing.pause(issued.key, by=owner(user))
    TraderBrowser(user).post(f"{BELL}read/", {"newest": newest})
    assert Notification.objects.filter(user=user, read_at=None).exists()


def test_other_traders_notifications_are_neither_shown_nor_marked(issued: IssuedKey, user: User) -> None:
    pausing.pause(issued.key, by=owner(user))
    stranger = TraderBrowser(make_trader())
    stranger.post(f"{BELL}read/", {"newest": Notification.objects.get(user=user).pk})
    assert ("grid bot" in text(stranger.get(BELL)), Notification.objects.filter(read_at=None).count()) == (False, 1)


def test_older_notifications_have_pages(user: User) -> None:
    Notification.objects.bulk_create(
        Notification(user=user, kind="created", slug=str(number), title=f"Number {number}.", delivery=Delivery.NONE)
        for number in range(30)
    )
    pages = [text(TraderBrowser(user).get(f"{BELL}?page={page}")) for page in ("1", "2", "99", "x")]
    assert ["Number 1." in page for page in pages] == [False, True, True, False]


def test_created_key_has_a_notification(user: User) -> None:
    TraderBrowser(user).post(f"{KEYS}new/", form(name="grid bot"))
    assert told(user) == ["“grid bot” was created"]


def test_old_address_leads_to_the_notifications(user: User) -> None:
    assert TraderBrowser(user).get("/portfolio/notices/")["Location"] == BELL
