"""The second factor: setup, sign-in, encryption in the database, and turning it off."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import User
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from tests.support.browser_client import KEYS, PASSWORD, text
from tests.support.factories import make_trader
from tests.support.totp import code

pytestmark = pytest.mark.django_db

TWO_FACTOR = "/account/two-factor/"
ACTIVATE, CODES = f"{TWO_FACTOR}totp/activate/", f"{TWO_FACTOR}recovery-codes/"
PAGES = ["", "totp/deactivate/", "recovery-codes/", "recovery-codes/generate/", "reauthenticate/"]


@pytest.fixture(autouse=True)
def time_stands_still() -> Iterator[None]:
    """A code is valid for 30 seconds, which could end while a test enters it."""
    with time_machine.travel(timezone.now(), tick=False):
        yield


@pytest.fixture
def user() -> User:
    user = make_trader(password=PASSWORD)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@pytest.fixture
def browser(user: User) -> Client:
    """A signed-in browser with a confirmed password."""
    browser = Client()
    sign_in(browser, user)
    browser.post("/account/reauthenticate/", {"password": PASSWORD})
    return browser


@pytest.fixture
def secret(browser: Client) -> str:
    """The secret in the trader's app after the setup."""
    secret: str = browser.get(ACTIVATE).context["form"].secret
    browser.post(ACTIVATE, {"code": code(secret)})
    return secret


def sign_in(browser: Client, user: User) -> Any:
    return browser.post("/account/login/", {"login": user.email, "password": PASSWORD, "next": KEYS})


def second_step(user: User, *codes: str) -> Any:
    """Sign in in another browser, and try these codes. Returns the last response."""
    browser = Client()
    assert sign_in(browser, user)["Location"].startswith(f"{TWO_FACTOR}authenticate/")
    return [browser.post(f"{TWO_FACTOR}authenticate/", {"code": code}) for code in codes][-1]


def is_signed_in(answer: Any) -> bool:
    return SESSION_KEY in answer.client.session


def test_setup_asks_for_the_password_first(user: User) -> None:
    browser = Client()
    sign_in(browser, user)
    assert browser.get(ACTIVATE)["Location"].startswith("/account/reauthenticate/")


def test_setup_shows_the_qr_code_and_the_secret(browser: Client) -> None:
    page = browser.get(ACTIVATE)
    content = page.content.decode()
    groups = " ".join(re.findall("....", page.context["form"].secret))
    assert ('<svg class="qr"' in content, groups in text(page)) == (True, True)
    assert not [part for part in ("data:image", "style=", "<script>") if part in content]


def test_wrong_code_sets_up_nothing(browser: Client) -> None:
    browser.get(ACTIVATE)
    assert "This code is not right" in text(browser.post(ACTIVATE, {"code": "000000"}))
    assert not Authenticator.objects.exists()


def test_setup_creates_recovery_codes(browser: Client, secret: str) -> None:
    assert len(browser.get(CODES).context["unused_codes"]) == 10


@pytest.mark.django_db(transaction=True)
def test_setup_is_mailed(user: User, secret: str) -> None:
    [message] = mail.outbox
    assert (message.to, secret in message.body) == ([user.email], False)


def test_sign_in_asks_for_the_code(user: User, secret: str) -> None:
    browser = Client()
    sign_in(browser, user)
    assert "Sign in to see your API keys" in text(browser.get(KEYS))
    assert second_step(user, code(secret))["Location"] == KEYS


@pytest.mark.parametrize("wrong", ["", "000000", "x" * 10_000, "\0", "٠٠٠٠٠٠", "12 34"])
def test_wrong_code_is_rejected(user: User, secret: str, wrong: str) -> None:
    answer = second_step(user, wrong)
    assert (answer.status_code, is_signed_in(answer)) == (200, False)


def test_code_works_once(user: User, secret: str) -> None:
    answers = [second_step(user, code(secret)).status_code for _ in range(2)]
    assert answers == [302, 200]


def test_code_of_the_last_minute_is_rejected(user: User, secret: str) -> None:
    old = code(secret)
    with time_machine.travel(timezone.now().timestamp() + 60, tick=False):
        answer = second_step(user, old)
    assert (answer.status_code, is_signed_in(answer)) == (200, False)


def test_code_guesses_are_limited(user: User, secret: str) -> None:
    wrong = second_step(user, *["000000"] * 5, code(secret))
    assert "Too many failed login attempts" in text(wrong)


def test_recovery_code_works_once(user: User, browser: Client, secret: str) -> None:
    recovery = browser.get(CODES).context["unused_codes"][0]
    assert [second_step(user, recovery).status_code for _ in range(2)] == [302, 200]


def test_recovery_codes_are_downloaded_and_regenerated(browser: Client, secret: str) -> None:
    before = browser.get(CODES).context["unused_codes"]
    assert browser.get(f"{CODES}download/").content.decode().split() == before
    browser.post(f"{CODES}generate/")
    assert not set(browser.get(CODES).context["unused_codes"]) & set(before)


def test_recovery_codes_require_reauthentication(user: User, browser: Client, secret: str) -> None:
    with time_machine.travel(timezone.now().timestamp() + 16 * 60, tick=False):
        answers = [browser.get(path) for path in (CODES, f"{CODES}download/", f"{TWO_FACTOR}totp/deactivate/")]
    assert [answer["Location"].split("?")[0] for answer in answers] == ["/account/reauthenticate/"] * 3


def test_database_alone_makes_no_codes(secret: str) -> None:
    stored = Authenticator.objects.get(type=Authenticator.Type.TOTP).data["secret"]
    assert (secret in stored, Authenticator.objects.get(type="totp").wrap().validate_code(code(secret))) == (
        False,
        True,
    )


def test_other_secret_key_invalidates_codes_without_errors(user: User, secret: str, settings: Any) -> None:
    right = code(secret)
    auth = Authenticator.objects.get(type=Authenticator.Type.TOTP).wrap()
    settings.SECRET_KEY = "another"
    assert not auth.validate_code(right)


def test_owner_turns_it_off(user: User, browser: Client, secret: str) -> None:
    browser.post(f"{TWO_FACTOR}totp/deactivate/")
    assert sign_in(Client(), user)["Location"] == KEYS


def test_admins_use_it_too(user: User, secret: str) -> None:
    User.objects.filter(pk=user.pk).update(is_staff=True)
    browser = Client()
    sign_in(browser, user)
    before = browser.get("/admin/").status_code
    browser.post(f"{TWO_FACTOR}authenticate/", {"code": code(secret)})
    assert (before, browser.get("/admin/").status_code) == (302, 200)


def test_admin_removes_a_lost_one_and_sees_no_secret(user: User, secret: str, admin_client: Client) -> None:
    lost = Authenticator.objects.get(type=Authenticator.Type.TOTP)
    page = admin_client.get(f"/admin/mfa/authenticator/{lost.pk}/change/").content.decode()
    admin_client.post(f"/admin/mfa/authenticator/{lost.pk}/delete/", {"post": "yes"})
    assert lost.data["secret"] not in page
    assert sign_in(Client(), user)["Location"] == KEYS


@pytest.mark.parametrize("path", PAGES)
def test_pages_have_our_design_and_are_not_cached(browser: Client, secret: str, path: str) -> None:
    page = browser.get(f"{TWO_FACTOR}{path}")
    assert 'class="modal page"' in page.content.decode()
    assert "no-store" in page["Cache-Control"]


def test_second_step_has_our_design(user: User, secret: str) -> None:
    cache.clear()
    assert 'class="modal page"' in second_step(user, "000000").content.decode()


def test_reauthentication_page_offers_the_code_too(browser: Client, secret: str) -> None:
    assert f'href="{TWO_FACTOR}reauthenticate/' in browser.get("/account/reauthenticate/").content.decode()
