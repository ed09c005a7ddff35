"""A SQLite database in use is copied whole, and put back where nobody uses it."""

import os
import sqlite3
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from io import StringIO
from itertools import count
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from apikeys.keys import deletion
from apikeys.models import KeyEvent
from perptools import backups
from perptools.trading.models import Fill
from perptools.trading.paper import orders as paper_orders
from tests.perptools.trading.tickets import buy, sell
from tests.support.factories import make_key, make_trader, owner
from tests.support.servers import START_SECONDS


@pytest.fixture
def sqlite(transactional_db: None) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL has its own tools.")


@pytest.fixture
def installation(sqlite: None, tmp_path: Path) -> Path:
    """The state directory of another installation, with a copy of this test's database."""
    folder = tmp_path / "state"
    folder.mkdir(mode=0o700)
    backups.back_up(folder / "db.sqlite3")
    return folder


def ask(database: Path, question: str) -> list[Any]:
    with closing(sqlite3.connect(database)) as session, session:
        return session.execute(question).fetchall()


def restore(folder: Path, backup: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    environment = os.environ | {"STATE_DIR": str(folder), "DATABASE_URL": "", "CACHE_URL": ""}
    command = [sys.executable, "manage.py", "restore", str(backup), *options]
    return subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True)


def test_a_backup_made_under_load_is_whole(sqlite: None, tmp_path: Path) -> None:
    account, copy = make_trader().account, tmp_path / "copy"
    traded, copied = Event(), Event()

    def trade() -> None:
        for number in count():
            paper_orders.place(account.pk, (buy if number % 2 else sell)("0.001"))
            traded.set()
            if copied.is_set():
                break
        connection.close()

    with ThreadPoolExecutor(1) as threads:
        trading = threads.submit(trade)
        traded.wait(START_SECONDS)
        backups.back_up(copy)
        copied.set()
        trading.result()
    [[orders, fills]] = ask(copy, "SELECT (SELECT COUNT(*) FROM trading_order), (SELECT COUNT(*) FROM trading_fill)")
    assert 0 < orders == fills < Fill.objects.count()


def test_the_old_name_of_the_command_works_and_says_the_new_one(sqlite: None, tmp_path: Path) -> None:
    said = StringIO()
    call_command("back_up", str(tmp_path / "copy"), stdout=StringIO(), stderr=said)
    assert (backups.require_whole(tmp_path / "copy"), "use backup" in said.getvalue()) == (None, True)


def test_a_backup_is_one_file_for_its_owner_only(sqlite: None, tmp_path: Path) -> None:
    backups.back_up(tmp_path / "copy")
    [copy] = tmp_path.iterdir()
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600


def test_a_backup_replaces_no_file(sqlite: None, tmp_path: Path) -> None:
    (tmp_path / "copy").write_text("precious")
    with pytest.raises(CommandError, match="File exists"):
        call_command("backup", str(tmp_path / "copy"))
    assert (tmp_path / "copy").read_text() == "precious"


def test_what_is_restored_is_what_was_backed_up_with_every_key_paused(installation: Path, tmp_path: Path) -> None:
    held = make_key()
    call_command("backup", str(tmp_path / "backup"), stdout=StringIO())
    deletion.revoke(held.key, by=owner(held.key.account.user))
    done = restore(installation, tmp_path / "backup")
    database = installation / "db.sqlite3"
    assert (done.returncode, "1 keys were paused" in done.stdout) == (0, True)
    assert ask(database, "SELECT revoked_at, paused_at IS NOT NULL FROM apikeys_apikey") == [(None, 1)]
    assert ask(database, "SELECT kind FROM apikeys_keyevent ORDER BY id") == [("created",), ("paused",)]
    assert stat.S_IMODE(database.stat().st_mode) == 0o600


def test_what_was_there_before_is_kept(installation: Path, tmp_path: Path) -> None:
    backups.back_up(tmp_path / "backup")
    before = (installation / "db.sqlite3").read_bytes()
    restore(installation, tmp_path / "backup")
    assert (installation / "db.replaced").read_bytes() == before


def test_nothing_is_restored_while_somebody_has_the_database_open(installation: Path, tmp_path: Path) -> None:
    backups.back_up(tmp_path / "backup")
    database = installation / "db.sqlite3"
    ask(database, "PRAGMA journal_mode = WAL")
    with closing(sqlite3.connect(database)) as server:
        server.execute("SELECT COUNT(*) FROM apikeys_apikey").fetchall()
        done = restore(installation, tmp_path / "backup")
    assert (done.returncode, "is in use. Stop the server" in done.stderr) == (1, True)


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("INSERT INTO django_migrations (app, name, applied) VALUES ('apikeys', '0999_later', '')", "a newer version"),
        ("DROP TABLE django_migrations", "no database of this product"),
    ],
)
def test_a_database_of_another_version_is_not_restored(
    installation: Path, tmp_path: Path, statement: str, told: str
) -> None:
    backups.back_up(tmp_path / "backup")
    ask(tmp_path / "backup", statement)
    with pytest.raises(backups.Refused, match=told):
        backups.restore(tmp_path / "backup")


@pytest.mark.parametrize("content", [b"", b"not a database", b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_file_is_not_restored(sqlite: None, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "backup").write_bytes(content)
    with pytest.raises(backups.Refused):
        backups.restore(tmp_path / "backup")
    assert KeyEvent.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="it is about other databases")
def test_another_database_is_told_its_own_tools() -> None:
    with pytest.raises(CommandError, match="pg_dump"):
        call_command("backup", "nowhere")
