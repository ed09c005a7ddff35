"""A gunicorn worker that gives threads to requests only, and for a bounded time."""

import contextlib
import selectors
import socket
import time
from concurrent.futures import Future
from functools import partial
from http import HTTPStatus
from types import FrameType
from typing import Any

from gunicorn.http.errors import LimitRequestHeaders, ParseException
from gunicorn.util import write_error
from gunicorn.workers.gthread import TConn, ThreadWorker

from perptools import settings
from perptools.server import worker_pool

ANSWERING_SECONDS = 60  # for a request to be read, answered, and its answer taken
FIRST_BYTES_SECONDS = 1.0  # for whoever has just connected, when a worker is to end
ENDING_STEP_SECONDS = 0.1


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """A thread worker that slow clients cannot use up."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.started: dict[TConn, float] = {}  # the connections that have a thread; only the main thread looks here
        self.ending_since = 0.0
        self.place = 0  # among its siblings

    def accept(self, listener: socket.socket) -> None:
        worker_pool.let_others_be_quicker(self.place)
        super().accept(listener)

    def enqueue_req(self, conn: TConn) -> None:
        if conn.initialized or conn.data_ready:
            self.started[conn] = time.monotonic()
            super().enqueue_req(conn)
        else:
            self._wait_for_first_bytes(conn)

    def handle(self, conn: TConn) -> object:
        """Answer what was read together with the end of a request: those bytes no longer make the socket readable.

        Clients cause that without pipelining, when they are refused before their body is read and call again.
        """
        kept = super().handle(conn)
        while kept is True and self.alive and conn.parser.unreader.buf.getvalue().strip():
            kept = super().handle(conn)
        return kept

    def _wait_for_first_bytes(self, conn: TConn) -> None:
        """Wait without a thread, and also when this worker is to end: whoever was let in is about to ask something."""
        conn.sock.setblocking(False)
        patience = max(self.cfg.keepalive if self.alive else 0, FIRST_BYTES_SECONDS)
        conn.timeout = time.monotonic() + patience
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def finish_request(self, conn: TConn, fs: Future[object]) -> None:
        self.started.pop(conn, None)
        super().finish_request(conn, fs)

    def murder_pending(self) -> None:
        super().murder_pending()
        now = time.monotonic()
        for conn, started in self.started.items():
            if now - started > ANSWERING_SECONDS:
                hang_up(conn.sock, socket.SHUT_RDWR)
            elif now - started > settings.WEB_READING_SECONDS:
                hang_up(conn.sock, socket.SHUT_RD)  # the request ends here; it can still be answered

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop taking calls, and end when the ones being answered are."""
        self.alive = False
        self.method_queue.defer(int)  # wakes the loop

    handle_quit = handle_exit  # gunicorn's own waits for a lock that the thread it interrupts may hold

    def set_accept_enabled(self, enabled: bool) -> None:
        super().set_accept_enabled(enabled)
        if not self.alive and not self.ending_since:
            self.ending_since = time.monotonic()
            self._let_the_last_in()

    def _let_the_last_in(self) -> None:
        """Take who has connected already: closing the door on them would look like a fault. The next are refused."""
        for listener in self.sockets:
            listener.setblocking(False)
            with contextlib.suppress(OSError):  # there is nobody left
                for _ in range(self.cfg.backlog):
                    client, address = listener.accept()
                    client.setblocking(True)
                    self.nr_conns += 1
                    self.enqueue_req(TConn(self.cfg, client, address, listener.getsockname()))
            listener.close()

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        if self.alive:
            worker_pool.note(self.place, self.nr_conns)
        else:
            worker_pool.leave(self.place)
            timeout = min(timeout, ENDING_STEP_SECONDS)
        super().wait_for_and_dispatch_events(timeout)

    def murder_keepalived(self) -> None:
        if self.ending_since:
            self._part_with_the_idle(self.ending_since + FIRST_BYTES_SECONDS)
        super().murder_keepalived()

    def _part_with_the_idle(self, at: float) -> None:
        for conn in self.keepalived_conns:
            conn.timeout = 0
        for conn in self.pending_conns:
            conn.timeout = min(conn.timeout, at)
        if time.monotonic() >= at:
            for conn in self.started:
                hang_up(conn.sock, socket.SHUT_RD)

    def handle_error(self, req: object, client: socket.socket, addr: Any, exc: BaseException) -> None:
        """Refuse what cannot be read without repeating it, in the log or in the answer: it may hold a secret."""
        if isinstance(exc, ParseException):
            self.log.warning("Unreadable request from %s: %s", addr[0] if addr else "a socket", type(exc).__name__)
            refuse(client, HTTPStatus(431 if isinstance(exc, LimitRequestHeaders) else 400))
        else:
            super().handle_error(None, client, addr, exc)


def refuse(sock: socket.socket, status: HTTPStatus) -> None:
    with contextlib.suppress(OSError):  # the client hung up first
        write_error(sock, status.value, status.phrase, "")


def hang_up(sock: socket.socket, sides: int) -> None:
    with contextlib.suppress(OSError):
        sock.shutdown(sides)
