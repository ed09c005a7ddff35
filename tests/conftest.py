"""Fixtures and settings for all tests. On SQLite the test database is a file, which servers of tests use, too."""

import logging
import shutil
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from unittest.mock import patch
from urllib.parse import urlsplit

import httpx
import hypothesis
import pytest
from django.conf import settings
from django.core.cache import caches
from django.db import OperationalError, connection, transaction
from pytest_django import Settings

from apikeys.review import cache as review_cache
from apikeys.usage import recorder as usage_recorder
from tests.faults.postgresql import binaries
from tests.support.servers import ANSWER_SECONDS, browser, chromium, page, product, server, static_files

__all__ = ["browser", "page", "product", "server", "static_files"]


# Examples have no deadline, because speed is measured in benchmarks. Each run tries the same examples, so that a
# failure is caused by a change and not by chance. `--hypothesis-profile=search` tries new ones.
hypothesis.settings.register_profile("same", deadline=None, derandomize=True)
hypothesis.settings.register_profile("search", deadline=None, print_blob=True)
hypothesis.settings.load_profile("same")
QUIET_SECONDS = 60
LOCK_NOT_AVAILABLE = "55P03"  # PostgreSQL's SQLSTATE

collect_ignore = [] if find_spec("orderly_evm_connector") else ["perptools/trading/api/test_orderly_connector.py"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--require-browser",
        action="store_true",
        help="fail, rather than skip, browser tests where there is no Chromium",
    )
    parser.addoption("--screenshots", help="where tests/browser/screenshots.py puts its pictures")
    parser.addoption("--many-faults", action="store_true", help="inject many faults where a run injects a few")


def pytest_configure(config: pytest.Config) -> None:
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs every URL
    for wait in ("connect", "read", "write", "pool"):  # httpx gives up after five seconds by default
        setattr(httpx._config.DEFAULT_TIMEOUT_CONFIG, wait, ANSWER_SECONDS)
    # No static files are collected in this process. Servers started by tests serve collected files.
    settings.STATIC_ROOT = None
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.MAIL_IN_BACKGROUND = False  # so that tests can read the mail at once
    settings.PASSWORD_HASHERS = ["tests.support.cheap_passwords.CheapPasswordHasher"]
    if settings.CACHE_URL:
        for cache in settings.CACHES.values():
            cache["LOCATION"] = _own_redis(settings.CACHE_URL, _worker_number(config))


def pytest_itemcollected(item: pytest.Item) -> None:
    """Give every test that commits the rows of the migrations, which the previous one has flushed."""
    marker = item.get_closest_marker("django_db")
    if marker and marker.kwargs.get("transaction"):
        item.add_marker(pytest.mark.django_db(**marker.kwargs | {"serialized_rollback": True}), append=False)


def _worker_number(config: pytest.Config) -> int:
    name: str = getattr(config, "workerinput", {}).get("workerid", "gw0")
    return int(name.removeprefix("gw"))


def _own_redis(url: str, number: int) -> str:
    """Give each parallel worker its own Redis database, counting from the one in CACHE_URL."""
    first = int(urlsplit(url).path.strip("/") or 0)
    return urlsplit(url)._replace(path=f"/{first + number}").geturl()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    postgresql = connection.vendor == "postgresql"
    left_out = {
        "PostgreSQL, for which DATABASE_URL must name one": not postgresql,
        "the tests that kill a database, which need PostgreSQL's initdb and pg_ctl": postgresql and not binaries(),
        "the tests that kill a Redis, which need redis-server": not shutil.which("redis-server"),
        "the old code beside the new, which needs git and tar": not (shutil.which("git") and shutil.which("tar")),
        "Redis, for which CACHE_URL must name one": not settings.CACHE_URL,
        "the browser tests, which need a Chromium": not chromium(),
        "Orderly's own connector, which is installed on Python 3.11 alone": not find_spec("orderly_evm_connector"),
    }
    if any(left_out.values()):
        terminalreporter.section("LEFT OUT", sep="!", bold=True)
        for what in (what for what, missing in left_out.items() if missing):
            terminalreporter.line(f"This run did without {what}.", bold=True)


@pytest.fixture
def product_hasher(settings: Settings) -> None:
    """Hash passwords at the product's cost, which renews cheaper hashes at sign-in."""
    settings.PASSWORD_HASHERS = ["perptools.users.hashers.PasswordHasher"]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    tmp_path_factory: pytest.TempPathFactory, django_db_modify_db_settings_parallel_suffix: None
) -> None:
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(Path(tmp_path_factory.getbasetemp(), "db.sqlite3"))


@pytest.fixture(scope="session", autouse=True)
def tables_are_emptied_when_nobody_uses_them() -> Iterator[None]:
    if connection.vendor != "postgresql":  # SQLite has a single lock, so there are no deadlocks
        yield
        return
    with patch.object(type(connection.ops), "execute_sql_flush", lambda _, statements: empty_tables(statements)):
        yield


def empty_tables(statements: list[str]) -> None:
    """Empty the tables after a test, once no other session is in a transaction.

    TRUNCATE locks one table after the other, and deadlocks with a transaction that locks them in another order: of a
    server, a thread, or a killed process whose session PostgreSQL hasn't ended yet.
    """
    tables = ", ".join(map(connection.ops.quote_name, connection.introspection.django_table_names(only_existing=True)))
    deadline = time.monotonic() + QUIET_SECONDS
    with transaction.atomic():
        while not locked_at_once(tables):
            if time.monotonic() > deadline:
                pytest.fail(f"A test has left sessions that do not end:\n{sessions()}")
            time.sleep(0.01)
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


def locked_at_once(tables: str) -> bool:
    """Lock all tables, or none of them, without waiting."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE NOWAIT")
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) != LOCK_NOT_AVAILABLE:
            raise
        return False
    return True


def sessions() -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid, state, query FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"
        )
        return "\n".join(map(str, cursor.fetchall()))


@pytest.fixture
def transactional_db(django_db_serialized_rollback: None, transactional_db: None) -> None:
    """Commit for real. The rows of the migrations exist in every such test."""


@pytest.fixture(autouse=True)
def unspent_budgets() -> None:
    for alias in caches:
        caches[alias].clear()


@pytest.fixture(autouse=True)
def nothing_counted(settings: Settings) -> Iterator[None]:
    """No thread writes usage in the background. Tests of usage call `usage.flush()`."""
    settings.USAGE_FLUSH_SECONDS = 0
    yield
    usage_recorder.forget()


@pytest.fixture(autouse=True)
def nothing_reviewed() -> None:
    """Forget cached reviews: another test's keys may have had the same IDs."""
    review_cache._reviews.clear()
