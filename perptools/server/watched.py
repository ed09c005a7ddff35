"""Connections that are waited for: what for, until when, and what is done then. For the main thread alone."""

import selectors
import time
from collections.abc import Callable

from perptools.server.connection import Connection

LOOK_SECONDS = 0.25  # between two looks at deadlines

Act = Callable[[Connection], None]


class Watched:
    def __init__(self, poller: selectors.BaseSelector) -> None:
        self._poller = poller
        self._until: dict[Connection, tuple[float, Act]] = {}
        self._next_look = 0.0

    def largest(self) -> Connection | None:
        """Find who has sent the most of a request that is still to come."""
        return max(self._until, key=lambda conn: len(conn.arrival), default=None)

    def wait(self, conn: Connection, event: int, act: Act, seconds: float, too_late: Act) -> None:
        """Act on each event until the seconds are over; then do what is done too late."""
        self.forget(conn)
        conn.sock.setblocking(False)
        self._poller.register(conn.sock, event, lambda _: act(conn) if conn in self._until else None)
        self._until[conn] = (time.monotonic() + seconds, too_late)

    def extend(self, conn: Connection, seconds: float) -> None:
        """Wait as long as this from now on."""
        self._until[conn] = (time.monotonic() + seconds, self._until[conn][1])

    def shorten(self, conn: Connection, until: float) -> None:
        deadline, too_late = self._until[conn]
        self._until[conn] = (min(deadline, until), too_late)

    def forget(self, conn: Connection) -> None:
        if self._until.pop(conn, None):
            self._poller.unregister(conn.sock)

    def with_too_late(self, act: Act) -> list[Connection]:
        """List those with whom this would be done too late, the longest waited for first."""
        return [conn for conn, (_, too_late) in self._until.items() if too_late == act]

    def is_due(self) -> bool:
        """Tell whether it is time to look at deadlines again."""
        now = time.monotonic()
        if now < self._next_look:
            return False
        self._next_look = now + LOOK_SECONDS
        return True

    def look(self) -> None:
        now = time.monotonic()
        for conn, (deadline, too_late) in list(self._until.items()):
            if now >= deadline:
                too_late(conn)
