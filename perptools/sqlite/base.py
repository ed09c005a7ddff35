"""Django's SQLite backend, with a queue for writers.

SQLite lets in whichever writer asks at the right moment, and waiting writers ask ten times a second. With two processes
at full load, one of them couldn't write for fifteen seconds, and its requests failed. Here, the threads of a process
wait for each other, and only the first of them asks, a thousand times a second.
"""

import fcntl
import os
import time
from threading import Lock
from typing import Any

from django.db import OperationalError
from django.db.backends.sqlite3 import base

from apikeys.db import driver

WAITING_SECONDS = 15  # to wait for a turn to write, unless DATABASE_URL says otherwise
REQUIRED = {
    "transaction_mode": "IMMEDIATE",  # otherwise transactions that read before they write would fail instead of waiting
    # FULL: a revocation that we confirmed survives a power cut.
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
}
ASKED_AGAIN_SECONDS = 0.001
_first = Lock()  # held by the first thread of this process, which asks


class DatabaseWrapper(base.DatabaseWrapper):
    def __init__(self, settings_dict: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        options = settings_dict.setdefault("OPTIONS", {})
        options.setdefault("timeout", WAITING_SECONDS)
        options.update(REQUIRED)
        super().__init__(settings_dict, *args, **kwargs)
        self._turn: int | None = None  # the file descriptor whose lock is the turn to write

    def _start_transaction_under_autocommit(self) -> None:
        if not self.is_in_memory_db():
            self._take_turn(time.monotonic() + self.settings_dict["OPTIONS"]["timeout"])
        try:
            driver.execute(self, "BEGIN IMMEDIATE", ())
        except BaseException:
            self._end_turn()
            raise

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]
        self._end_turn()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._end_turn()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._end_turn()

    def _take_turn(self, deadline: float) -> None:
        if not _first.acquire(timeout=max(0, deadline - time.monotonic())):
            raise OperationalError("database is locked: other threads of this process write")
        try:
            self._turn = os.open(f"{self.settings_dict['NAME']}-turn", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            _first.release()
            raise OperationalError(f"attempt to write beside a readonly database: {error.strerror}") from None
        while not _lock(self._turn):
            if time.monotonic() > deadline:
                self._end_turn()
                raise OperationalError("database is locked: another process writes")
            time.sleep(ASKED_AGAIN_SECONDS)

    def _end_turn(self) -> None:
        if self._turn is not None:
            os.close(self._turn)  # which releases the file's lock
            self._turn = None
            _first.release()


def _lock(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
