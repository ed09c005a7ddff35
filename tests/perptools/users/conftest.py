"""A trader."""

import pytest
from django.contrib.auth.models import User

from tests.support.browser_client import PASSWORD
from tests.support.factories import make_trader


@pytest.fixture
def user() -> User:
    return make_trader(password=PASSWORD)
