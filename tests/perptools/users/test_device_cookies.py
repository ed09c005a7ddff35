"""Password guesses don't lock a trader out of browsers that they have used before."""

import re
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import User
from django.core import signing
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from perptools.users.device_cookies import KEPT, MOST_ACCOUNTS
from tests.support.browser_client import PASSWORD, text
from tests.support.factories import make_trader
from tests.support.mailbox import mailed_link
from tests.support.totp import code

pytestmark = pytest.mark.django_db

KNOWN = settings.KNOWN_BROWSER_COOKIE_NAME
NEW_PASSWORD = "another horse battery"
SETTINGS = "/portfolio/settings/"
TOO_MANY = "Too many failed login attempts"

_addresses = (f"198.51.{number // 250}.{number % 250}" for number in count(1))


@pytest.fixture
def browser(user: User) -> Client:
    """A browser of the trader that signed in once, and out again."""
    browser = Client(REMOTE_ADDR="203.0.113.9")
    sign_in(browser, user)
    browser.post("/account/logout/")
    return browser


def sign_in(browser: Client, user: User, password: str = PASSWORD, **extra: Any) -> Any:
    return browser.post("/account/login/", {"login": user.email, "password": password}, **extra)


def may_sign_in(browser: Client, user: User, password: str = PASSWORD) -> bool:
    return bool(sign_in(browser, user, password).status_code == 302)


def guess(user: User, times: int = 5) -> None:
    """Guess a password, each time from another IP address."""
    for _ in range(times):
        sign_in(Client(REMOTE_ADDR=next(_addresses)), user, "wrong")


def with_cookie(value: str) -> Client:
    """Return a browser at another IP address, with this cookie only."""
    browser = Client(REMOTE_ADDR=next(_addresses))
    browser.cookies[KNOWN] = value
    return browser


def cookie_of(browser: Client) -> str:
    return browser.cookies[KNOWN].value


# -- Who is let in ---------------------------------------------------------------------------------------------------


def test_known_browser_signs_in_during_an_attack(user: User, browser: Client) -> None:
    guess(user, 20)
    assert (may_sign_in(browser, user), may_sign_in(Client(), user)) == (True, False)


def test_browser_is_known_for_any_spelling_of_the_address(user: User, browser: Client) -> None:
    guess(user)
    sent = {"login": user.email.upper(), "password": PASSWORD}
    browser.post("/account/login/", sent)
    assert browser.session[SESSION_KEY] == str(user.pk)


def test_known_browser_reauthenticates_during_an_attack(user: User, browser: Client) -> None:
    EmailAddress.objects.create(user=user, email=user.email, primary=True)
    sign_in(browser, user)
    guess(user)
    assert browser.post("/account/reauthenticate/", {"password": PASSWORD}).status_code == 302


def test_browser_that_signed_up_is_known() -> None:
    browser = Client()
    browser.post("/account/signup/", {"email": "new@example.com", "password1": PASSWORD, "password2": PASSWORD})
    browser.post("/account/logout/")
    user = User.objects.get(email="new@example.com")
    guess(user)
    assert may_sign_in(browser, user)


def test_browser_is_known_for_several_accounts(user: User, browser: Client) -> None:
    other = make_trader(password=PASSWORD)
    sign_in(browser, other)
    browser.post("/account/logout/")
    guess(user)
    assert may_sign_in(browser, user)


def test_browser_is_known_for_a_few_accounts_at_most(browser: Client) -> None:
    for _ in range(MOST_ACCOUNTS):
        sign_in(browser, make_trader(password=PASSWORD))
        browser.post("/account/logout/")
    assert len(fingerprints_in(cookie_of(browser))) == MOST_ACCOUNTS


# -- Who gains nothing -----------------------------------------------------------------------------------------------


def test_cookie_of_another_account_has_no_effect(user: User) -> None:
    guesser, theirs = Client(), make_trader(password=PASSWORD)
    sign_in(guesser, theirs)
    guesser.post("/account/logout/")
    guess(user)
    assert not may_sign_in(guesser, user)


# As sent: Python writes no cookies with control characters, but reads them.
@pytest.mark.parametrize("sent", ["", "x", "x" * 4000, "W10:1uXxXx:x", r'"\351:\351:\351"', r'"\000"', ".eJw:1:2"])
def test_invented_cookie_has_no_effect_and_causes_no_error(user: User, sent: str) -> None:
    guess(user)
    browser = Client(REMOTE_ADDR=next(_addresses), headers={"cookie": f"{KNOWN}={sent}"})
    assert TOO_MANY in text(sign_in(browser, user))


def test_changed_cookie_has_no_effect(user: User, browser: Client) -> None:
    payload, moment, signature = cookie_of(browser).split(":")
    guess(user)
    changed = f"{payload[:-1]}{'A' if payload[-1] != 'A' else 'B'}:{moment}:{signature}"
    assert not may_sign_in(with_cookie(changed), user)


def test_stolen_cookie_signs_nobody_in(browser: Client) -> None:
    thief = with_cookie(cookie_of(browser))
    assert thief.get(SETTINGS)["Location"].startswith("/account/login/")
    assert SESSION_KEY not in thief.session


def test_stolen_cookie_allows_five_guesses(user: User, browser: Client) -> None:
    for _ in range(5):
        sign_in(with_cookie(cookie_of(browser)), user, "wrong")
    assert TOO_MANY in text(sign_in(with_cookie(cookie_of(browser)), user))


def test_failures_of_known_browsers_lock_out_nobody_else(user: User, browser: Client) -> None:
    for _ in range(6):
        sign_in(with_cookie(cookie_of(browser)), user, "wrong")
    assert may_sign_in(Client(), user)


def test_limit_of_an_address_applies_to_known_browsers(user: User, browser: Client) -> None:
    for number in range(10):
        Client(REMOTE_ADDR="203.0.113.9").post(
            "/account/login/", {"login": f"nobody-{number}@example.com", "password": "wrong"}
        )
    assert TOO_MANY in text(sign_in(browser, user))


def test_wrong_second_factor_makes_no_browser_known(user: User) -> None:
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    TOTP.activate(user, secret)
    browser = Client()
    sign_in(browser, user)
    before = KNOWN in browser.cookies
    # Otherwise the code's 30 seconds could end before it is entered.
    with time_machine.travel(timezone.now(), tick=False):
        browser.post("/account/two-factor/authenticate/", {"code": code(secret)})
    assert (before, KNOWN in browser.cookies) == (False, True)


# -- How long --------------------------------------------------------------------------------------------------------


def test_browser_stays_known_for_a_limited_time(user: User, browser: Client) -> None:
    known = []
    for age in (timedelta(days=365), KEPT + timedelta(minutes=1)):
        with time_machine.travel(timezone.now() + age, tick=False):
            cache.clear()
            guess(user)
            known.append(may_sign_in(with_cookie(cookie_of(browser)), user))
    assert known == [True, False]


def test_changed_password_forgets_all_browsers(user: User, browser: Client) -> None:
    elsewhere = Client()
    sign_in(elsewhere, user)
    sent = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    elsewhere.post("/account/password/change/", sent)
    guess(user)
    assert (may_sign_in(browser, user, NEW_PASSWORD), may_sign_in(Client(), user, NEW_PASSWORD)) == (False, False)


def test_reset_password_forgets_all_browsers(user: User, browser: Client, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    reader = Client()
    reader.post("/account/password/reset/", {"email": user.email})
    page = reader.get(mailed_link("/account/password/reset/key/"), follow=True)
    reader.post(page.request["PATH_INFO"], {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})
    guess(user)
    assert not may_sign_in(browser, user, NEW_PASSWORD)


def test_sign_in_with_the_new_password_makes_it_known_again(user: User, browser: Client) -> None:
    user.set_password(NEW_PASSWORD)
    user.save()
    sign_in(browser, user, NEW_PASSWORD)
    browser.post("/account/logout/")
    guess(user)
    assert may_sign_in(browser, user, NEW_PASSWORD)


# -- The cookie ------------------------------------------------------------------------------------------------------


def fingerprints_in(cookie: str) -> list[str]:
    fingerprints: list[str] = signing.JSONSerializer().loads(signing.b64_decode(cookie.split(":")[0].encode()))
    return fingerprints


def test_cookie_names_nobody(user: User, browser: Client) -> None:
    [fingerprint] = fingerprints_in(cookie_of(browser))
    assert re.fullmatch(r"[0-9a-f]{64}", fingerprint)


@pytest.mark.parametrize("https", [True, False])
def test_cookie_is_http_only_and_secure_on_https(user: User, settings: Settings, https: bool) -> None:
    settings.HTTPS = https
    browser = Client()
    sign_in(browser, user)
    cookie = browser.cookies[KNOWN]
    assert (bool(cookie["secure"]), cookie["httponly"], cookie["samesite"], cookie["path"]) == (
        https,
        True,
        "Strict",
        "/",
    )
