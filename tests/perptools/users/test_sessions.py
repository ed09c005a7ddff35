"""Sessions: listed and ended in Settings, recorded when used, and deleted. Admins don't see their keys."""

from datetime import timedelta

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from perptools.users import sessions
from perptools.users.adapter import UNKNOWN_ADDRESS
from tests.support.browser_client import (
    FIREFOX,
    IPHONE,
    KEYS,
    PASSWORD,
    SETTINGS,
    TraderBrowser,
    is_signed_in,
    signed_in,
    text,
)
from tests.support.factories import make_key, make_trader
from tests.support.html_forms import sent_as_it_is

pytestmark = pytest.mark.django_db


def session_of(browser: Client) -> UserSession:
    return UserSession.objects.get(session_key=browser.cookies[settings.SESSION_COOKIE_NAME].value)


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox on Linux"),
        (IPHONE, "Safari on iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/131.0 Safari/537.36", "Chrome on Windows"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/131.0 Safari/537.36 Edg/131.0", "Edge on Windows"),
        ("curl/8.5.0", "curl"),
        ("", "Unknown browser"),
        ("<script>", "Unknown browser"),
    ],
)
def test_device_is_named(agent: str, words: str) -> None:
    assert sessions.device_of(agent) == words


def test_sessions_are_listed_and_this_one_is_marked(user: User) -> None:
    signed_in(user, IPHONE, "198.51.100.7")
    page = text(signed_in(user).get(SETTINGS))
    assert "Firefox on Linux This browser 203.0.113.9" in page
    assert "Safari on iPhone 198.51.100.7" in page


def test_session_is_ended_from_another(user: User) -> None:
    phone, browser = signed_in(user, IPHONE), signed_in(user)
    browser.post(f"{SETTINGS}sessions/{session_of(phone).pk}/end/")
    assert (is_signed_in(phone), is_signed_in(browser)) == (False, True)


def test_ending_this_session_signs_out(user: User) -> None:
    browser = signed_in(user)
    assert browser.post(f"{SETTINGS}sessions/{session_of(browser).pk}/end/")["Location"] == "/account/logout/"


def test_signing_out_elsewhere_keeps_this_session(user: User) -> None:
    others, browser = [signed_in(user), signed_in(user, IPHONE)], signed_in(user)
    browser.post(f"{SETTINGS}sessions/end/")
    assert ([is_signed_in(other) for other in others], is_signed_in(browser)) == ([False, False], True)


def test_admin_ends_a_session_without_seeing_its_key(user: User, admin_client: Client) -> None:
    browser = signed_in(user)
    session = session_of(browser)
    page = admin_client.get(f"/admin/usersessions/usersession/{session.pk}/change/").content.decode()
    admin_client.post(f"/admin/usersessions/usersession/{session.pk}/delete/", {"post": "yes"})
    assert (session.session_key in page, is_signed_in(browser)) == (False, False)


@pytest.mark.parametrize(
    "guess",
    [
        "usersessions/usersession/?session_key__startswith=",
        "usersessions/usersession/?session_key__gte=",
        "mfa/authenticator/?data__contains=",
        "auth/user/?password__startswith=",
        "auth/user/?usersession__session_key__startswith=",
    ],
)
def test_admin_cannot_guess_a_secret_letter_by_letter(user: User, admin_client: Client, guess: str) -> None:
    first = session_of(signed_in(user)).session_key[0]
    assert {admin_client.get(f"/admin/{guess}{letter}").status_code for letter in (first, "~")} == {400}


@pytest.mark.parametrize("path", ["auth/user/{}/password/", "auth/user/add/", "account/emailaddress/", "auth/group/"])
def test_admin_cannot_replace_a_password(user: User, admin_client: Client, path: str) -> None:
    admin_client.post(
        f"/admin/{path.format(user.pk)}", {"password1": "another one 123", "password2": "another one 123"}
    )
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
    assert admin_client.get(f"/admin/{path.format(user.pk)}").status_code in (302, 403, 404)


def test_admin_deactivates_a_trader_and_cannot_create_admins(user: User, client: Client) -> None:
    admin = User.objects.create_user("support", is_staff=True)
    admin.user_permissions.add(*Permission.objects.filter(codename__in=["view_user", "change_user"]))
    client.force_login(admin)
    for other in (user, admin):
        path = f"/admin/auth/user/{other.pk}/change/"
        form = sent_as_it_is(client.get(path), "")
        form.pop("is_active")
        client.post(path, form | {"is_staff": "on", "is_superuser": "on", "email": "x@example.com"})
    user.refresh_from_db()
    admin.refresh_from_db()
    assert (user.is_active, user.is_staff, user.email == "x@example.com", admin.is_superuser) == (
        False,
        False,
        False,
        False,
    )


def test_signing_out_elsewhere_ends_no_other_users_session(user: User) -> None:
    stranger = signed_in(make_trader(password=PASSWORD))
    signed_in(user).post(f"{SETTINGS}sessions/end/")
    assert is_signed_in(stranger)


def test_unrecorded_session_is_recorded_when_used(user: User) -> None:
    unnoted = TraderBrowser(user)
    unnoted.get()
    signed_in(user).post(f"{SETTINGS}sessions/end/")
    assert unnoted.get(SETTINGS)["Location"].startswith("/account/login/")


def test_last_use_is_recorded_at_most_once_a_minute(user: User) -> None:
    browser, start = signed_in(user), timezone.now()
    seen = []
    for seconds in (120, 150):
        with time_machine.travel(start + timedelta(seconds=seconds), tick=False):
            cache.clear() if seconds == 120 else None
            browser.get(KEYS)
        seen.append(session_of(browser).last_seen_at)
    assert seen[0] == seen[1] > start


def test_api_requests_record_no_session(user: User) -> None:
    issued = make_key(user.account)
    issued.client().get("/v1/whoami")
    assert not UserSession.objects.exists()


def test_sign_in_from_an_unknown_address_is_recorded(user: User) -> None:
    browser = signed_in(user, address="")
    assert (session_of(browser).ip, "unknown address" in text(browser.get(SETTINGS))) == (UNKNOWN_ADDRESS, True)


def test_ended_sessions_are_deleted_with_their_addresses(user: User) -> None:
    signed_in(user)
    with time_machine.travel(timezone.now() + timedelta(days=15), tick=False):
        call_command("forget_sessions", verbosity=0)
    assert not UserSession.objects.exists()
