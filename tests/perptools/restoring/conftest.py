"""An installation with a trader and a key, whose database is backed up and restored."""

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connection

from tests.support.browser_client import PASSWORD
from tests.support.factories import BOTH, IssuedKey, make_key, make_trader
from tests.support.installations import Installation


@pytest.fixture
def sqlite() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL has its own tools.")


@pytest.fixture
def user() -> User:
    return make_trader(password=PASSWORD)


@pytest.fixture
def issued(user: User) -> IssuedKey:
    return make_key(user.account, name="grid bot", permissions=BOTH)


@pytest.fixture
def installation(sqlite: None, tmp_path: Path) -> Installation:
    return Installation(tmp_path)
