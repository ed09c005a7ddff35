"""A stranger who has signed up with someone else's e-mail address."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from apikeys.models import Kind
from tests.support.browser_client import PASSWORD
from tests.support.email_sign_up import OWNERS, sign_up
from tests.support.factories import IssuedKey, make_key


@pytest.fixture(autouse=True)
def mails_are_kept(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def stranger() -> Client:
    """A browser in which a stranger has signed up with the owner's address, and has just given the password again."""
    browser = Client()
    sign_up(browser, OWNERS, PASSWORD)
    browser.post("/account/reauthenticate/", {"password": PASSWORD})
    return browser


@pytest.fixture
def user(stranger: Client) -> User:
    return User.objects.get(email=OWNERS)


@pytest.fixture
def issued(user: User) -> IssuedKey:
    return make_key(user.account, kind=Kind.BEARER)
