"""A trader with risky keys, at a fixed time."""

from collections.abc import Iterator

import pytest
import time_machine
from django.contrib.auth.models import User

from tests.support.review_pages import NOW
from tests.support.risky_keys import risky_trader


@pytest.fixture
def frozen() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def trader(frozen: None) -> User:
    return risky_trader()
