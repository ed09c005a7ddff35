"""A trader with a key, and a mail server that is down."""

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from apikeys.models import NotificationPreferences
from tests.support.factories import IssuedKey, make_key, make_trader
from tests.support.mailbox import forget_told


@pytest.fixture
def user() -> User:
    """A trader who wants no mail about findings, which other tests cover."""
    user = make_trader()
    NotificationPreferences.objects.create(user=user, findings=False)
    return user


@pytest.fixture
def issued(user: User) -> IssuedKey:
    issued = make_key(user.account, name="grid bot", networks="203.0.113.7")
    forget_told()
    return issued


@pytest.fixture
def no_mail_server(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
