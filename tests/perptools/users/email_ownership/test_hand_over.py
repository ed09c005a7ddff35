"""After a stranger signed up with someone else's address, its owner resets the password: the stranger's access ends."""

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client

from apikeys.keys import creation, pausing
from apikeys.keys.guards import RecentSignInRequired
from apikeys.models import Kind, Notification
from perptools.users.email_ownership import PAUSED_BECAUSE
from tests.support.browser_client import KEYS, PASSWORD, SETTINGS, text
from tests.support.email_sign_up import OWNERS, addresses, choose_password, follow_reset_link, reset, sign_in, works
from tests.support.factories import IssuedKey, make_key, owner, settings_for

pytestmark = pytest.mark.django_db


def test_strangers_keys_are_paused(issued: IssuedKey) -> None:
    before = works(issued)
    reset()
    assert (before, issued.client().get("/v1/whoami").json()["reason"]) == (True, "key_paused")


def test_expired_keys_are_paused_too(user: User, issued: IssuedKey) -> None:
    user.account.keys.update(expires_at=issued.key.created_at)
    reset()
    assert user.account.keys.get().paused_at


def test_event_gives_the_reason_and_no_person(user: User, issued: IssuedKey) -> None:
    reset()
    event = issued.key.events.first()
    assert event
    assert (event.kind, event.actor, event.reason) == ("paused", None, PAUSED_BECAUSE)


def test_owner_sees_the_reason_on_the_key_page_and_in_a_notification(user: User, issued: IssuedKey) -> None:
    reset()
    browser = Client()
    sign_in(browser)
    assert PAUSED_BECAUSE in text(browser.get(f"{KEYS}{issued.key.pk}/"))
    assert PAUSED_BECAUSE in Notification.objects.get(user=user, kind="paused").text


@pytest.mark.django_db(transaction=True)
def test_owner_gets_one_mail_about_all_keys(user: User) -> None:
    names = {make_key(user.account).key.name for _ in range(3)}
    mail.outbox.clear()
    reset()
    [message] = [message for message in mail.outbox if PAUSED_BECAUSE in str(message.body)]
    assert message.to == [OWNERS]
    assert all(f"“{name}” was paused" in str(message.body) for name in names)


def test_strangers_session_ends(stranger: Client, user: User) -> None:
    before = stranger.get(SETTINGS).status_code
    reset()
    assert (before, stranger.get(SETTINGS).status_code) == (200, 302)


def test_address_is_verified_afterwards(user: User) -> None:
    reset()
    assert addresses(user) == [(OWNERS, True, True)]


def test_pages_explain_it_before_and_after(issued: IssuedKey) -> None:
    browser = Client()
    page = follow_reset_link(OWNERS, browser)
    done = choose_password(page, browser)
    assert f"Because {OWNERS} was never confirmed" in text(page)
    assert "we’ve paused 1 API key" in text(done)
    assert "still work" not in text(done)


def test_it_happens_once(user: User, issued: IssuedKey) -> None:
    reset()
    user.refresh_from_db()
    pausing.resume(issued.key, by=owner(user))
    page = reset()
    assert (works(issued), "Your API keys still work" in text(page)) == (True, True)


def test_hand_over_is_all_or_nothing(user: User, issued: IssuedKey, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError

    browser = Client(raise_request_exception=False)
    page = follow_reset_link(OWNERS, browser)
    monkeypatch.setattr(pausing, "pause_all", fail)
    choose_password(page, browser)
    user.refresh_from_db()
    assert (user.check_password(PASSWORD), addresses(user)) == (True, [(OWNERS, False, True)])


def test_waiting_request_of_the_stranger_creates_no_key(user: User) -> None:
    late = owner(user)  # from the session, before the password changed
    reset()
    with pytest.raises(RecentSignInRequired):
        creation.create(user.account, settings_for(), kind=Kind.SIGNING, by=late)


def test_waiting_request_of_the_stranger_resumes_no_key(user: User, issued: IssuedKey) -> None:
    late = owner(user)
    reset()
    with pytest.raises(RecentSignInRequired):
        pausing.resume(issued.key, by=late)
