"""A backup replaces a database, whatever files are there, and nothing is lost."""

import sqlite3
from contextlib import closing

import pytest

from perptools import backups
from tests.support.factories import IssuedKey
from tests.support.installations import Installation, ask, install, manage

pytestmark = pytest.mark.django_db(transaction=True)


def test_old_database_is_kept_each_time(installation: Installation, issued: IssuedKey) -> None:
    installation.back_up()
    install(installation.folder)
    first = installation.database.read_bytes()
    installation.restore()
    assert f"The old database is kept: {installation.folder / 'db.replaced-2'}" in installation.restore()
    assert (installation.folder / "db.replaced").read_bytes() == first
    assert ask(installation.folder / "db.replaced-2", "SELECT paused_at NOT NULL FROM apikeys_apikey") == [(1,)]


def test_one_file_is_left_and_nothing_beside_it(installation: Installation, issued: IssuedKey) -> None:
    installation.back_up()
    installation.restore()
    left = {path.name for path in installation.folder.glob("db*")}
    assert left == {"db.sqlite3", "db.sqlite3-turn", "db.replaced"}


@pytest.mark.parametrize("end", ["", "-journal", "-wal", "-shm", "-turn"])
def test_files_of_a_killed_attempt_are_not_read(installation: Installation, issued: IssuedKey, end: str) -> None:
    installation.back_up()
    install(installation.folder)
    (installation.folder / f"db.restoring{end}").write_bytes(installation.database.read_bytes())
    installation.restore()
    assert installation.keys() == {"grid bot": "paused"}
    backups.require_whole(installation.database)


@pytest.mark.parametrize("damage", [b"no database", b"SQLite format 3\0" + b"\xff" * 5000, b""])
def test_damaged_database_is_replaced(installation: Installation, issued: IssuedKey, damage: bytes) -> None:
    installation.back_up()
    installation.folder.mkdir()
    installation.database.write_bytes(damage)
    said = installation.restore()
    assert (installation.keys(), "It is unknown" in said) == ({"grid bot": "paused"}, True)
    assert (installation.folder / "db.replaced").read_bytes() == damage


def test_log_without_its_database_is_not_read(installation: Installation, issued: IssuedKey) -> None:
    installation.back_up()
    installation.folder.mkdir()
    (installation.folder / "db.sqlite3-wal").write_bytes(b"precious")
    done = manage(installation.folder, "restore", str(installation.backup))
    assert (done.returncode, "db.sqlite3-wal, which belongs to it" in done.stderr) == (1, True)
    assert [path.name for path in installation.folder.glob("db*")] == ["db.sqlite3-wal"]


def test_database_in_use_is_not_replaced(installation: Installation, issued: IssuedKey) -> None:
    installation.back_up()
    install(installation.folder)
    ask(installation.database, "PRAGMA journal_mode = WAL")
    with closing(sqlite3.connect(installation.database)) as server:
        server.execute("SELECT COUNT(*) FROM apikeys_apikey").fetchall()
        done = manage(installation.folder, "restore", str(installation.backup))
    assert (done.returncode, "is in use. Stop the server" in done.stderr) == (1, True)
    assert installation.keys() == {"grid bot": "running"}


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("INSERT INTO django_migrations (app, name, applied) VALUES ('apikeys', '0999_later', '')", "a newer version"),
        ("DROP TABLE django_migrations", "no database of this product"),
    ],
)
def test_database_of_another_version_is_not_restored(installation: Installation, statement: str, told: str) -> None:
    installation.back_up()
    ask(installation.backup, statement)
    install(installation.folder)
    done = manage(installation.folder, "restore", str(installation.backup))
    assert (done.returncode, told in done.stderr) == (1, True)


@pytest.mark.parametrize("content", [b"", b"not a database", b"SQLite format 3\0" + b"\xff" * 5000])
def test_damaged_file_is_not_restored(installation: Installation, issued: IssuedKey, content: bytes) -> None:
    installation.backup.write_bytes(content)
    database = install(installation.folder)
    before = database.read_bytes()
    done = manage(installation.folder, "restore", str(installation.backup))
    told = "is not a whole SQLite database" if content else "is no database of this product"
    assert (done.returncode, told in done.stderr) == (1, True)
    assert database.read_bytes() == before
