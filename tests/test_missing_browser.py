"""A test run reports what it skipped, and fails if that was required."""

import os
import subprocess
import sys

from django.conf import settings


def run_without_a_browser(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests/support/needs_a_browser.py", *arguments]
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "CACHE_URL")}
    return subprocess.run(
        command, cwd=settings.BASE_DIR, env=environment | {"PATH": ""}, capture_output=True, text=True
    )


def test_run_reports_what_was_skipped() -> None:
    done = run_without_a_browser()
    assert done.returncode == 0
    for missing in ("the browser tests", "PostgreSQL", "Redis"):
        assert f"This run did without {missing}" in done.stdout


def test_missing_required_browser_is_a_failure() -> None:
    assert run_without_a_browser("--require-browser").returncode == 1
