"""Faults that are real: processes are killed, databases stopped. A few in every run, many with `--many-faults`."""

import pytest

FEW, MANY = 4, 60


@pytest.fixture
def faults(request: pytest.FixtureRequest) -> int:
    """How many faults a test injects."""
    return MANY if request.config.getoption("many_faults") else FEW
