"""Real faults: processes are killed and databases stopped. A few in every run, many with `--many-faults`."""

from collections.abc import Callable

import pytest

RecordProperty = Callable[[str, object], None]

FEW, MANY = 4, 60


@pytest.fixture
def faults(request: pytest.FixtureRequest) -> int:
    """The number of faults that a test injects."""
    return MANY if request.config.getoption("many_faults") else FEW


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Report the responses during the faults."""
    for report in terminalreporter.getreports("passed"):
        for name, value in getattr(report, "user_properties", ()):
            if report.when == "call" and name == "answers":
                terminalreporter.line(f"{report.nodeid.rpartition('::')[2]}: {value}")
