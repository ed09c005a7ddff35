"""The database away, locked or read-only: which errors say so, and what becomes of the connection they came from."""

from django.db import InterfaceError, InternalError, OperationalError, connection

RETRY_SECONDS = 2
_READ_ONLY = "25006"  # PostgreSQL's SQLSTATE of a write where only reads are taken; SQLite's is an OperationalError


def is_outage(error: BaseException | None) -> bool:
    """Tell whether an error says that the database cannot do its work now, rather than that we asked wrongly."""
    if isinstance(error, InternalError):
        return getattr(error.__cause__, "sqlstate", None) == _READ_ONLY
    return isinstance(error, OperationalError | InterfaceError)


def part_with_connection() -> None:
    """Let the next call open a connection of its own: this one may go on saying how the database was."""
    if not connection.in_atomic_block:
        connection.close()
