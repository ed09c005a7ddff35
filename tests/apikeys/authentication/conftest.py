import pytest
from pytest_django import Settings


@pytest.fixture
def no_budgets(settings: Settings) -> None:
    settings.API_FAILURES_PER_MINUTE = 0
    settings.API_CALLS_PER_SECOND = 0
