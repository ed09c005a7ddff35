"""Outages of the database: which errors mean one, and what to do with the connection."""

from django.db import InterfaceError, InternalError, OperationalError, connection

RETRY_SECONDS = 2
_READ_ONLY = "25006"  # PostgreSQL's SQLSTATE for a write to a read-only database; SQLite raises OperationalError


def is_outage(error: BaseException | None) -> bool:
    """Return whether an error means that the database can't work now, rather than that the query is wrong."""
    if isinstance(error, InternalError):
        return getattr(error.__cause__, "sqlstate", None) == _READ_ONLY
    return isinstance(error, OperationalError | InterfaceError)


def part_with_connection() -> None:
    """Close the connection, so that the next request opens a new one: this one may stay in its failed state."""
    if not connection.in_atomic_block:
        connection.close()
