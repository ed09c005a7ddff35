"""A gunicorn worker whose threads answer requests and wait for nobody.

gunicorn's own gives a connection a thread as soon as something of a request is there, and the thread then waits for the
rest of it, and for the answer to be taken: a few clients that are slow, or pretend to be, use up all threads. Here one
thread takes in what is sent and gives out what was answered, and the others get whole requests only. Some are for
people who are signed in, some for calls of the API, and some for everybody else: whoever floods the API, or the sign-in
page, keeps nobody from deleting a key.
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

ANSWERING_SECONDS = 60  # for a request to be answered, and again for its answer to be taken
FIRST_BYTES_SECONDS = 5.0  # for a new connection to send something
LAST_BYTES_SECONDS = 1.0  # the same, when the worker is to end
PARTING_SECONDS = 2.0  # in which a client whose request was not read to its end may read why
ENDING_STEP_SECONDS = 0.1
TURN_SECONDS = 0.001  # of a thread; whoever asks the database ten times waits for ten turns of all others
SHARES = {Lane.API: 2, Lane.SESSION: 4, Lane.STRANGER: 8}  # a half of the threads, a quarter, an eighth
MOST_ARRIVING = 64_000_000  # bytes that are kept of requests on their way in


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """Everything but `handle`, and what it calls, is done by the main thread, which alone knows of connections."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.slot = 0  # among its siblings
        self.started: dict[Connection, float] = {}  # when a thread got it
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
        """Make the threads of each lane; together as many as were asked for, and one at least."""
        self.lanes = {lane: ThreadPoolExecutor(max(1, self.cfg.threads // share)) for lane, share in SHARES.items()}
        return self.lanes[Lane.API]  # for gunicorn, which looks after one

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
        if self.nr_conns >= self.worker_connections:  # at which gunicorn accepts no more
            self._close_longest_idle()
        conn = Connection(self.cfg, ClientSocket(accepted), address, listener.getsockname())
        self._wait_for_request(conn, FIRST_BYTES_SECONDS)

    def _close_longest_idle(self) -> None:
        waiting = self.watched.with_too_late(self._give_up_reading)
        if idle := next((conn for conn in waiting if conn.is_idle), None):
            self._close(idle)

    def _wait_for_request(self, conn: Connection, seconds: float) -> None:
        """Wait for the first bytes of a request; once they are there, for all of it."""
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
            with suppress(OSError):  # the client hung up, which is seen when it is read from
                conn.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        if self.arriving > MOST_ARRIVING and (largest := self.watched.largest()):
            self._close(largest)

    def _give_up_reading(self, conn: Connection) -> None:
        """Answer what is there of a request that takes too long, or whose client sends no more."""
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
        req._expected_100_continue = False  # it was told to go on before its body came
        return bool(super().handle_request(req, conn))

    def handle_error(self, req: object, client: ClientSocket, addr: Any, exc: BaseException) -> None:
        """Refuse what cannot be read without repeating it, in the log or in the answer: it may hold a secret."""
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
            if conn.sock.fileno() < 0:  # gunicorn closes what fails in the middle of an answer
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
        """Read on what nobody wants: closing on it would take back the answer that says so."""
        if conn.sock.receive() == b"":
            self._close(conn)

    def _close(self, conn: Connection) -> None:
        self.watched.forget(conn)
        self.arriving -= len(conn.arrival)
        self.nr_conns -= 1
        conn.close()

    def murder_keepalived(self) -> None:
        """Look after deadlines, as gunicorn's loop asks: of connections that are waited for, and of threads."""
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
            with suppress(OSError):  # there is nobody left
                for _ in range(self.cfg.backlog):
                    self._let_in(listener)
            listener.close()

    def _hurry(self) -> None:
        """Wait no longer for a next request, and for the rest of one only as long as for a first."""
        for conn in self.watched.with_too_late(self._give_up_reading):
            self.watched.shorten(conn, 0.0 if conn.is_idle else self.ending_since + LAST_BYTES_SECONDS)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        if self.alive:
            worker_pool.note(self.slot, self.nr_conns)
        else:
            worker_pool.leave(self.slot)
            timeout = min(timeout, ENDING_STEP_SECONDS)
        super().wait_for_and_dispatch_events(timeout)
