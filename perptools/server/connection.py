"""A client's connection. However slow the client is, it takes no thread."""

import contextlib
import socket
from collections import deque
from http import HTTPStatus
from typing import Any

from gunicorn import http
from gunicorn.util import write_error
from gunicorn.workers.gthread import TConn

from perptools.server.arrival import Arrival, Lane

READ_AT_ONCE = 65_536  # bytes
MOST_KEPT = 4_000_000  # bytes of a response; a larger one waits for the client in its thread


class ClientSocket(socket.socket):
    """Accepts everything that is sent at once, and buffers what the client hasn't taken yet."""

    def __init__(self, accepted: socket.socket) -> None:
        super().__init__(accepted.family, accepted.type, accepted.proto, fileno=accepted.detach())
        self.kept: deque[memoryview] = deque()

    def receive(self) -> bytes | None:
        """Read what has arrived. Returns b"" at the end, and None if nothing has arrived yet."""
        try:
            return self.recv(READ_AT_ONCE)
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def sendall(self, data: Any, flags: int = 0, /) -> None:
        left = memoryview(data)
        if not self.kept:
            left = left[self._send_now(left) :]
        if left:
            self.kept.append(left)
            if sum(map(len, self.kept)) > MOST_KEPT:
                self._send_kept_slowly()

    def send_kept(self) -> bool:
        """Send as much of the buffer as the client takes now. Returns whether the buffer is empty."""
        while self.kept:
            first = self.kept[0]
            sent = self._send_now(first)
            if sent < len(first):
                self.kept[0] = first[sent:]
                return False
            self.kept.popleft()
        return True

    def _send_now(self, data: memoryview) -> int:
        try:
            return self.send(data, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return 0

    def _send_kept_slowly(self) -> None:
        self.setblocking(True)
        while self.kept:
            super().sendall(self.kept[0])
            self.kept.popleft()

    def reject(self, status: HTTPStatus) -> None:
        write_error(self, status.value, status.phrase, "")

    def hang_up(self, sides: int = socket.SHUT_RDWR) -> None:
        with contextlib.suppress(OSError):  # the client has already hung up
            self.shutdown(sides)


class Connection(TConn):  # type: ignore[misc]  # gunicorn has no types
    """The main thread's view of a connection. The thread that answers a request gets the bytes of that request."""

    def __init__(self, cfg: Any, sock: ClientSocket, client: Any, server: Any) -> None:
        super().__init__(cfg, sock, client, server)
        self.sock: ClientSocket = sock
        self.parser: Any = None
        self.arrival = Arrival()
        self.is_cut = False  # whether the current request lacks its end
        self.lane = Lane.STRANGER
        self.is_new = True
        self.is_kept = False  # whether a next request can follow

    @property
    def is_idle(self) -> bool:
        """Whether it waits for a next request, of which nothing has arrived."""
        return not self.is_new and not len(self.arrival)

    def init(self) -> None:
        """Read from memory only, because the socket belongs to the main thread."""
        if self.parser is None:
            self.initialized = True
            self.parser = http.get_parser(self.cfg, iter(()), self.client)

    def prepare(self) -> None:
        """Pass the complete request to the parser."""
        self.init()
        self.is_new = False
        self.is_cut, self.lane = not self.arrival.is_whole, self.arrival.lane
        self.parser.unreader.buf.write(self.arrival.take())
