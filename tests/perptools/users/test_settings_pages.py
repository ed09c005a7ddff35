"""Settings: contents, preferences, how sign-ins are stored, and keys that keep working."""

from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from apikeys.models import NotificationPreferences
from tests.support.browser_client import IPHONE, KEYS, PASSWORD, SETTINGS, TraderBrowser, is_signed_in, signed_in, text
from tests.support.factories import make_key, make_trader
from tests.support.html_forms import sent_as_it_is

pytestmark = pytest.mark.django_db


STILL_WORK = f"{SETTINGS}keys/"


def test_settings_require_sign_in() -> None:
    assert Client().get(SETTINGS)["Location"].startswith("/account/login/")


def test_page_has_all_sections(user: User) -> None:
    page = text(signed_in(user).get(SETTINGS))
    parts = [user.email, "Notifications by email", "You can’t turn these off.", "Two-factor", "Sessions", "in UTC"]
    assert [part for part in parts if part not in page] == []


def test_times_are_in_the_browsers_time_zone(user: User) -> None:
    browser = signed_in(user)
    browser.cookies["zone"] = "Europe/Berlin"
    assert "in Europe/Berlin" in text(browser.get(SETTINGS))


def test_notification_preferences_are_saved(user: User) -> None:
    browser = TraderBrowser(user)
    form = sent_as_it_is(browser.get(SETTINGS), f"{SETTINGS}notifications/")
    browser.post(
        f"{SETTINGS}notifications/", {name: form[name] for name in form if name not in ("changes", "findings")}
    )
    choices = NotificationPreferences.objects.get(user=user)
    assert (choices.expiry, choices.changes, choices.findings) == (True, False, False)


@pytest.mark.parametrize("sent", [{"digest_on": "2099-01-01"}, {"user": "1"}, {"findings_told": "x"}, {"expiry": "\0"}])
def test_nothing_else_can_be_set(user: User, sent: dict[str, str]) -> None:
    browser = TraderBrowser(user)
    browser.post(f"{SETTINGS}notifications/", sent_as_it_is(browser.get(SETTINGS), f"{SETTINGS}notifications/") | sent)
    choices = NotificationPreferences.objects.get(user=user)
    assert (choices.digest_on, choices.findings_sent) == (None, [])


# -- Signing in ------------------------------------------------------------------------------------------------------


def test_session_key_changes_at_sign_in(user: User) -> None:
    browser = TraderBrowser().http
    browser.get("/account/login/")
    browser.session.save()
    name = settings.SESSION_COOKIE_NAME
    browser.cookies[name] = before = browser.session.session_key or ""
    browser.post("/account/login/", {"login": user.email, "password": PASSWORD})
    assert browser.cookies[name].value != before


def test_cookies_are_http_only(user: User) -> None:
    browser = signed_in(user)
    browser.get(KEYS)
    cookies = [browser.cookies[name] for name in (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME)]
    assert [(cookie["httponly"], cookie["samesite"]) for cookie in cookies] == [(True, "Lax")] * 2


@pytest.mark.usefixtures("product_hasher")
def test_passwords_are_hashed_with_argon2id() -> None:
    assert make_trader(password=PASSWORD).password.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")


# -- Keys are left alone ---------------------------------------------------------------------------------------------


def change_password(browser: Client) -> Any:
    new = "another horse battery"
    sent = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    return browser.post("/account/password/change/", sent)


def test_new_password_ends_other_sessions_and_keeps_keys(user: User) -> None:
    issued, phone, browser = make_key(user.account), signed_in(user, IPHONE), signed_in(user)
    change_password(browser)
    assert (is_signed_in(phone), is_signed_in(browser), issued.client().get("/v1/whoami").status_code) == (
        False,
        True,
        200,
    )


@pytest.mark.parametrize("act", [change_password, lambda browser: browser.post(f"{SETTINGS}sessions/end/")])
def test_pausing_all_keys_is_offered_afterwards(user: User, act: Any) -> None:
    make_key(user.account)
    browser = signed_in(user)
    answer = act(browser)
    page = browser.get(answer["Location"])
    assert (answer["Location"], f'href="{KEYS}pause/"' in page.content.decode()) == (STILL_WORK, True)


def test_nothing_is_offered_without_active_keys(user: User) -> None:
    assert signed_in(user).get(STILL_WORK)["Location"] == SETTINGS


def test_mail_server_outage_does_not_prevent_a_password_change(user: User, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    change_password(signed_in(user))
    user.refresh_from_db()
    assert not user.check_password(PASSWORD)
