"""Execute SQL with the database driver on Django's connection: for a row or two, Django's cursor costs more than the
query.

Django still counts and logs these statements if something listens, as tests do.
"""

import threading
from asyncio import _get_running_loop
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

_of_thread = threading.local()


def connection() -> BaseDatabaseWrapper:
    """Return this thread's connection. Django first looks for an event loop, which costs as much as reading a row."""
    if _get_running_loop() is not None:
        return connections[DEFAULT_DB_ALIAS]
    try:
        found: BaseDatabaseWrapper = _of_thread.connection
    except AttributeError:
        found = _of_thread.connection = connections[DEFAULT_DB_ALIAS]
    return found


def run(sql: str, params: Sequence[Any]) -> Any:
    """Execute a statement, and return a cursor. Its rows must be read before the next statement.

    A lost connection is replaced. So the first statement of a request is also the health check of its connection, which
    would otherwise be one more query.
    """
    database = connection()
    try:
        return execute(database, sql, params)
    except (OperationalError, InterfaceError):
        if database.in_atomic_block or database.is_usable():
            raise
        database.close()
        return execute(database, sql, params)


def execute(database: BaseDatabaseWrapper, sql: str, params: Sequence[Any]) -> Any:
    if database.connection is None:
        database.ensure_connection()
    if database.force_debug_cursor or database.execute_wrappers:
        cursor = database.cursor()
        cursor.execute(sql, params)
        return cursor
    database.validate_no_broken_transaction()
    try:
        if database.vendor == "sqlite":
            executed = database.connection.execute(_with_question_marks(sql), params)
        else:
            executed = _cursor_on(database.connection).execute(sql, params)
    except Exception:
        with database.wrap_database_errors:
            raise
    database.health_check_done = True  # type: ignore[attr-defined]
    return executed


def _cursor_on(made: Any) -> Any:
    """Return the connection's only cursor: psycopg takes as long to create one as to execute most statements.

    It is binary, so times and numbers needn't be parsed from text.
    """
    cursor = getattr(_of_thread, "cursor", None)
    if cursor is None or cursor.connection is not made:
        cursor = _of_thread.cursor = made.cursor(binary=True)
    return cursor


@lru_cache(maxsize=256)
def _with_question_marks(sql: str) -> str:
    return sql.replace("%s", "?")
