"""A fixed time."""

from collections.abc import Iterator

import pytest
import time_machine

from tests.support.reviewed_keys import NOW


@pytest.fixture
def frozen() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield
