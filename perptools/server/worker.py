"""A gunicorn worker whose threads never wait for a client.

gunicorn's own worker gives a connection a thread as soon as a part of a request arrives. The thread then waits for the
rest of it, and for the client to take the response, so a few slow clients can use up all threads. Here, one thread
receives and sends, and the others get complete requests only. Signed-in people, API clients and everyone else have
separate threads: whoever floods the API or the sign-in page keeps nobody from deleting a key.
"""

import selectors
import socket
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from http import HTTPStatus
from types import FrameType
from typing import Any

from gunicorn.errors import ConfigError
from gunicorn.http.errors import LimitRequestHeaders, ParseException
from gunicorn.workers.gthread import ThreadWorker

from perptools import settings
from perptools.server import keep_alive, worker_pool
from perptools.server.arrival import Lane
from perptools.server.connection import ClientSocket, Connection
from perptools.server.head_checks import check_head
from perptools.server.watched import Watched

ANSWERING_SECONDS = 60  # to answer a request, and again for the client to take the response
FIRST_BYTES_SECONDS = 5.0  # for a new connection to send its first bytes
LAST_BYTES_SECONDS = 1.0  # the same while the worker is shutting down
PARTING_SECONDS = 2.0  # for a client whose request wasn't read completely to read the error
ENDING_STEP_SECONDS = 0.1
TURN_SECONDS = 0.001  # of a thread; ten database queries wait for ten turns of all others
SHARES = {Lane.API: 2, Lane.SESSION: 4, Lane.STRANGER: 8}  # the divisor: half of the threads, a quarter, an eighth
MOST_ARRIVING = 64_000_000  # bytes of incomplete requests


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """All methods except `handle` and what it calls run in the main thread, which alone knows the connections."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.slot = 0  # in the worker pool
        self.started: dict[Connection, float] = {}  # when its request got a thread
        self.arriving = 0  # bytes
        self.ending_since = 0.0

    @classmethod
    def check_config(cls, cfg: Any, log: Any) -> None:
        super().check_config(cfg, log)
        if cfg.is_ssl:
            raise ConfigError("TLS ends at the proxy: start gunicorn without --certfile and --keyfile.")

    def init_process(self) -> None:
        sys.setswitchinterval(TURN_SECONDS)
        keep_alive.announce()
        super().init_process()

    def run(self) -> None:
        self.watched = Watched(self.poller)
        super().run()

    def get_thread_pool(self) -> ThreadPoolExecutor:
        """Create the threads of each kind of client: together as many as configured, and at least one each."""
        self.lanes = {lane: ThreadPoolExecutor(max(1, self.cfg.threads // share)) for lane, share in SHARES.items()}
        return self.lanes[Lane.API]  # for gunicorn, which knows of one pool

    def enqueue_req(self, conn: Connection) -> None:
        answered = self.lanes[conn.lane].submit(self.handle, conn)
        answered.add_done_callback(lambda done: self.method_queue.defer(self.finish_request, conn, done))

    # -- Coming in --------------------------------------------------------------------------------------------------

    def accept(self, listener: socket.socket) -> None:
        worker_pool.let_others_be_quicker(self.slot)
        with suppress(BlockingIOError, ConnectionAbortedError):  # another worker was quicker, or the client hung up
            self._let_in(listener)

    def _let_in(self, listener: socket.socket) -> None:
        accepted, address = listener.accept()
        self.nr_conns += 1
        if self.nr_conns >= self.worker_connections:  # gunicorn would stop accepting connections now
            self._close_longest_idle()
        conn = Connection(self.cfg, ClientSocket(accepted), address, listener.getsockname())
        self._wait_for_request(conn, FIRST_BYTES_SECONDS)

    def _close_longest_idle(self) -> None:
        waiting = self.watched.with_too_late(self._give_up_reading)
        if idle := next((conn for conn in waiting if conn.is_idle), None):
            self._close(idle)

    def _wait_for_request(self, conn: Connection, seconds: float) -> None:
        """Wait for the first bytes of a request and, once they arrive, for all of it."""
        if conn.arrival.is_ready:
            self._hand_over(conn)
        else:
            patience = settings.WEB_READING_SECONDS if len(conn.arrival) else seconds
            self.watched.wait(conn, selectors.EVENT_READ, self._receive, patience, self._give_up_reading)

    def _receive(self, conn: Connection) -> None:
        received = conn.sock.receive()
        if received == b"":
            self._give_up_reading(conn)
        if not received:
            return
        if not len(conn.arrival):
            self.watched.extend(conn, settings.WEB_READING_SECONDS)
        conn.arrival.add(received)
        self.arriving += len(received)
        if conn.arrival.is_ready:
            self._hand_over(conn)
        elif conn.arrival.wants_to_continue:
            conn.arrival.wants_to_continue = False
            with suppress(OSError):  # the client hung up, which the next read notices
                conn.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        if self.arriving > MOST_ARRIVING and (largest := self.watched.largest()):
            self._close(largest)

    def _give_up_reading(self, conn: Connection) -> None:
        """Answer a request that takes too long or whose client stopped sending, with the part that has arrived."""
        conn.arrival.end()
        if conn.arrival.is_ready:
            self._hand_over(conn)
        else:
            self._close(conn)

    def _hand_over(self, conn: Connection) -> None:
        self.watched.forget(conn)
        if conn.arrival.rejection:
            self._refuse(conn, conn.arrival.rejection)
            return
        before = len(conn.arrival)
        conn.prepare()
        self.arriving -= before - len(conn.arrival)
        self.started[conn] = time.monotonic()
        self.enqueue_req(conn)

    def _refuse(self, conn: Connection, status: HTTPStatus) -> None:
        conn.sock.reject(status)
        conn.is_kept, conn.is_cut = False, True
        self._give_out(conn)

    # -- In a thread ------------------------------------------------------------------------------------------------

    def handle(self, conn: Connection) -> bool:
        return super().handle(conn) is True and not conn.is_cut

    def handle_request(self, req: Any, conn: Connection) -> bool:
        check_head(req)
        if conn.is_cut:
            req.force_close()
        req._expected_100_continue = False  # 100 Continue was sent before the body arrived
        return bool(super().handle_request(req, conn))

    def handle_error(self, req: object, client: ClientSocket, addr: Any, exc: BaseException) -> None:
        """Reject an unreadable request without repeating it in the log or the response: it may contain a secret."""
        if isinstance(exc, ParseException):
            self.log.warning("Unreadable request from %s: %s", addr[0] if addr else "a socket", type(exc).__name__)
            client.reject(HTTPStatus(431 if isinstance(exc, LimitRequestHeaders) else 400))
        else:
            super().handle_error(None, client, addr, exc)

    # -- Going out --------------------------------------------------------------------------------------------------

    def finish_request(self, conn: Connection, fs: Future[bool]) -> None:
        self.started.pop(conn, None)
        conn.is_kept = not fs.cancelled() and fs.exception() is None and fs.result() and self.alive
        self._give_out(conn)

    def _give_out(self, conn: Connection) -> None:
        try:
            if conn.sock.fileno() < 0:  # gunicorn closes a connection that fails in the middle of a response
                raise ConnectionError
            if not conn.sock.send_kept():
                self.watched.wait(conn, selectors.EVENT_WRITE, self._give_out, ANSWERING_SECONDS, self._close)
                return
        except OSError:  # or the client hung up
            self._close(conn)
            return
        self.watched.forget(conn)
        if conn.is_kept:
            self._wait_for_request(conn, self.cfg.keepalive)
        elif conn.is_cut or len(conn.arrival):
            conn.sock.hang_up(socket.SHUT_WR)
            self.watched.wait(conn, selectors.EVENT_READ, self._let_it_talk, PARTING_SECONDS, self._close)
        else:
            self._close(conn)

    def _let_it_talk(self, conn: Connection) -> None:
        """Read on and discard: closing now would destroy the response before the client reads it."""
        if conn.sock.receive() == b"":
            self._close(conn)

    def _close(self, conn: Connection) -> None:
        self.watched.forget(conn)
        self.arriving -= len(conn.arrival)
        self.nr_conns -= 1
        conn.close()

    def murder_keepalived(self) -> None:
        """Check the deadlines of connections and threads. gunicorn's loop calls this."""
        if not self.watched.is_due():
            return
        if self.ending_since:
            self._hurry()
        self.watched.look()
        oldest = time.monotonic() - ANSWERING_SECONDS
        for conn in [conn for conn, started in self.started.items() if started < oldest]:
            conn.sock.hang_up()

    # -- The end ----------------------------------------------------------------------------------------------------

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop accepting requests, and exit when those in progress are answered."""
        self.alive = False
        self.method_queue.defer(int)  # wakes up the loop

    handle_quit = handle_exit  # gunicorn's own waits for a lock that the interrupted thread may hold

    def set_accept_enabled(self, enabled: bool) -> None:
        super().set_accept_enabled(enabled)
        if not self.alive and not self.ending_since:
            self.ending_since = time.monotonic()
            self._let_the_last_in()

    def _let_the_last_in(self) -> None:
        """Accept those who have already connected: refusing them now would look like an error."""
        for listener in self.sockets:
            listener.setblocking(False)
            with suppress(OSError):  # nobody is waiting
                for _ in range(self.cfg.backlog):
                    self._let_in(listener)
            listener.close()

    def _hurry(self) -> None:
        """Stop waiting for next requests, and wait for the rest of a request only as long as for its first bytes."""
        for conn in self.watched.with_too_late(self._give_up_reading):
            self.watched.shorten(conn, 0.0 if conn.is_idle else self.ending_since + LAST_BYTES_SECONDS)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        if self.alive:
            worker_pool.note(self.slot, self.nr_conns)
        else:
            worker_pool.leave(self.slot)
            timeout = min(timeout, ENDING_STEP_SECONDS)
        super().wait_for_and_dispatch_events(timeout)
