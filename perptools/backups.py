"""Copies of a SQLite database in use. The way back is in `restoring`. PostgreSQL has its own tools for both."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from django.db import connection

from perptools.health_checks import migrations


class Refused(Exception):
    """It was not done, and nothing was changed; the message says why."""


def database_file() -> Path:
    if connection.vendor != "sqlite":
        raise Refused(f"This is for SQLite. For {connection.display_name}, use its own tools: pg_dump and pg_restore.")
    return Path(connection.settings_dict["NAME"])


def back_up(target: Path) -> None:
    """Copy the database as it stands at one moment, while others go on writing to it. Raises Refused."""
    source = database_file()
    with new_private_file(target):
        with closing(open_database(source, "ro")) as before, closing(open_database(target, "rw")) as copy:
            before.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, with nothing beside it
        require_whole(target)


@contextmanager
def new_private_file(path: Path) -> Iterator[None]:
    """Make a file that only its owner may read, and have it on the disk at the end, or not at all."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        raise Refused(f"Cannot write {path} ({error.strerror}).") from None
    try:
        yield
        to_disk(path)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


# -- What is asked of a database -------------------------------------------------------------------------------------


def require_whole(database: Path) -> None:
    """Refuse a file that is no SQLite database, or a damaged one. Raises Refused."""
    with suppress(sqlite3.DatabaseError), closing(open_database(database, "ro")) as session:
        if session.execute("PRAGMA integrity_check").fetchall() == [("ok",)]:
            return
    raise Refused(f"{database} is not a whole SQLite database.")


def require_known_schema(database: Path) -> None:
    """Refuse a database of a newer version of this product, or of another product. Raises Refused."""
    with closing(open_database(database, "ro")) as session:
        try:
            applied = set(session.execute("SELECT app, name FROM django_migrations"))
        except sqlite3.OperationalError:
            raise Refused(f"{database} is no database of this product.") from None
    if unknown := sorted(f"{app}.{name}" for app, name in applied - migrations()):
        raise Refused(f"{database} comes from a newer version: this one does not know {', '.join(unknown)}.")


def open_database(database: Path, mode: str, timeout: float = 15) -> sqlite3.Connection:
    return sqlite3.connect(f"{database.absolute().as_uri()}?mode={mode}", uri=True, timeout=timeout)


def to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
