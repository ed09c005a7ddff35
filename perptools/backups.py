"""Copies of a SQLite database in use, and the way back. PostgreSQL has its own tools for both."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from django.db import connection

from apikeys.audit.log import Actor
from apikeys.keys import pausing
from apikeys.models import ApiKey
from perptools.health_checks import migrations

PAUSED_BECAUSE = "Restored from a backup, which cannot know what was deleted or changed after it."


class Refused(Exception):
    """It was not done, and nothing was changed; the message says why."""


def database_file() -> Path:
    if connection.vendor != "sqlite":
        raise Refused(f"This is for SQLite. For {connection.display_name}, use its own tools: pg_dump and pg_restore.")
    return Path(connection.settings_dict["NAME"])


# -- There -----------------------------------------------------------------------------------------------------------


def back_up(target: Path) -> None:
    """Copy the database as it stands at one moment, while others go on writing to it. Raises Refused."""
    source = database_file()
    with _new_private_file(target):
        with closing(_open(source, "ro")) as before, closing(_open(target, "rw")) as copy:
            before.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, with nothing beside it
        require_whole(target)


@contextmanager
def _new_private_file(path: Path) -> Iterator[None]:
    """Make a file that only its owner may read, and have it on the disk at the end, or not at all."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        raise Refused(f"Cannot write {path} ({error.strerror}).") from None
    try:
        yield
        _to_disk(path)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


# -- And back --------------------------------------------------------------------------------------------------------


def restore(backup: Path) -> Path:
    """Put a backup in the database's place. Returns where what was there before is kept. Raises Refused."""
    require_whole(backup)
    require_known_schema(backup)
    database = database_file()
    aside, copy = database.with_suffix(".replaced"), database.with_suffix(".restoring")
    copy.unlink(missing_ok=True)
    connection.close()
    with nobody_at(database):
        with _new_private_file(copy), closing(_open(backup, "ro")) as source, closing(_open(copy, "rw")) as target:
            source.backup(target)
        if database.exists():
            os.replace(database, aside)
        os.replace(copy, database)
    _to_disk(database.parent)
    return aside


def pause_all_keys() -> int:
    """Pause every key that a restored database thinks is live: it may have been deleted since. Returns how many."""
    keys = ApiKey.objects.live().filter(paused_at=None)
    for key in (live := list(keys)):
        pausing.pause(key, by=Actor(), reason=PAUSED_BECAUSE)
    return len(live)


@contextmanager
def nobody_at(database: Path) -> Iterator[None]:
    """Hold a database so that nobody else has it open. Raises Refused where somebody has.

    Whoever has a database in WAL mode open holds a lock on it; only its last user can leave that mode.
    """
    if not database.exists():
        yield
        return
    with closing(_open(database, "rw", timeout=0)) as session:
        try:
            session.execute("PRAGMA journal_mode = DELETE")
            session.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            raise Refused(f"{database} is in use. Stop the server, and everything else that has it open.") from None
        yield


def require_whole(database: Path) -> None:
    with suppress(sqlite3.DatabaseError), closing(_open(database, "ro")) as session:
        if session.execute("PRAGMA integrity_check").fetchall() == [("ok",)]:
            return
    raise Refused(f"{database} is not a whole SQLite database.")


def require_known_schema(database: Path) -> None:
    """Refuse a database of a newer version of this product, or of another product."""
    with closing(_open(database, "ro")) as session:
        try:
            applied = set(session.execute("SELECT app, name FROM django_migrations"))
        except sqlite3.OperationalError:
            raise Refused(f"{database} is no database of this product.") from None
    if unknown := sorted(f"{app}.{name}" for app, name in applied - migrations()):
        raise Refused(f"{database} comes from a newer version: this one does not know {', '.join(unknown)}.")


def _open(database: Path, mode: str, timeout: float = 15) -> sqlite3.Connection:
    return sqlite3.connect(f"{database.absolute().as_uri()}?mode={mode}", uri=True, timeout=timeout)


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
