"""Back up a SQLite database while it is in use. `restoring` restores it. For PostgreSQL, use its own tools."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from django.db import connection

from perptools.health_checks import migrations


class BackupError(Exception):
    """The backup or restore wasn't done, and nothing was changed. The message says why."""


def database_file() -> Path:
    if connection.vendor != "sqlite":
        raise BackupError(
            f"This is for SQLite. For {connection.display_name}, use its own tools: pg_dump and pg_restore."
        )
    return Path(connection.settings_dict["NAME"])


def back_up(target: Path) -> None:
    """Copy the database's state of one moment while others write to it. Raises BackupError."""
    source = database_file()
    with new_private_file(target):
        with closing(open_database(source, "ro")) as before, closing(open_database(target, "rw")) as copy:
            before.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # a single file, without a WAL
        require_whole(target)


@contextmanager
def new_private_file(path: Path) -> Iterator[None]:
    """Create a file that only its owner can read. Afterwards it is completely on disk, or doesn't exist."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        raise BackupError(f"Cannot write {path} ({error.strerror}).") from None
    try:
        yield
        to_disk(path)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


# -- What is asked of a database -------------------------------------------------------------------------------------


def require_whole(database: Path) -> None:
    """Raise BackupError if a file isn't a SQLite database, or is damaged."""
    with suppress(sqlite3.DatabaseError), closing(open_database(database, "ro")) as session:
        if session.execute("PRAGMA integrity_check").fetchall() == [("ok",)]:
            return
    raise BackupError(f"{database} is not a whole SQLite database.")


def require_known_schema(database: Path) -> None:
    """Raise BackupError if a database is of a newer version of PERPTools, or of another product."""
    with closing(open_database(database, "ro")) as session:
        try:
            applied = set(session.execute("SELECT app, name FROM django_migrations"))
        except sqlite3.OperationalError:
            raise BackupError(f"{database} is no database of this product.") from None
    if unknown := sorted(f"{app}.{name}" for app, name in applied - migrations()):
        raise BackupError(f"{database} comes from a newer version: this one does not know {', '.join(unknown)}.")


def open_database(database: Path, mode: str, timeout: float = 15) -> sqlite3.Connection:
    return sqlite3.connect(f"{database.absolute().as_uri()}?mode={mode}", uri=True, timeout=timeout)


def to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
