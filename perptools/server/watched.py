"""Connections with an event to wait for, a deadline, and what to do in either case. For the main thread only."""

import selectors
import time
from collections.abc import Callable

from perptools.server.connection import Connection

LOOK_SECONDS = 0.25  # between two checks of the deadlines

Act = Callable[[Connection], None]


class Watched:
    def __init__(self, poller: selectors.BaseSelector) -> None:
        self._poller = poller
        self._until: dict[Connection, tuple[float, Act]] = {}
        self._next_look = 0.0

    def largest(self) -> Connection | None:
        """Return the connection with the most bytes of an incomplete request."""
        return max(self._until, key=lambda conn: len(conn.arrival), default=None)

    def wait(self, conn: Connection, event: int, act: Act, seconds: float, too_late: Act) -> None:
        """Call `act` on each event until the time is over, then `too_late`."""
        self.forget(conn)
        conn.sock.setblocking(False)
        self._poller.register(conn.sock, event, lambda _: act(conn) if conn in self._until else None)
        self._until[conn] = (time.monotonic() + seconds, too_late)

    def extend(self, conn: Connection, seconds: float) -> None:
        """Set the deadline this long from now."""
        self._until[conn] = (time.monotonic() + seconds, self._until[conn][1])

    def shorten(self, conn: Connection, until: float) -> None:
        deadline, too_late = self._until[conn]
        self._until[conn] = (min(deadline, until), too_late)

    def forget(self, conn: Connection) -> None:
        if self._until.pop(conn, None):
            self._poller.unregister(conn.sock)

    def with_too_late(self, act: Act) -> list[Connection]:
        """List the connections with this `too_late`, the one that has waited longest first."""
        return [conn for conn, (_, too_late) in self._until.items() if too_late == act]

    def is_due(self) -> bool:
        """Return whether it is time to check the deadlines again."""
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
