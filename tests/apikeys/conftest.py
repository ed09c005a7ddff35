"""A trader, their browser and one of their keys."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.support.browser_client import PASSWORD, TraderBrowser
from tests.support.factories import IssuedKey, make_key, make_trader


@pytest.fixture
def user() -> User:
    return make_trader()


@pytest.fixture
def browser_(user: User) -> TraderBrowser:
    return TraderBrowser(user)


@pytest.fixture
def stale(user: User) -> TraderBrowser:
    """A browser whose trader signed in more than 15 minutes ago."""
    user.set_password(PASSWORD)
    user.save()
    return TraderBrowser(user, recently=False)


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("admin", "admin@example.com"))
    return client


@pytest.fixture
def issued(user: User) -> IssuedKey:
    return make_key(user.account, name="grid bot", networks="203.0.113.7")
