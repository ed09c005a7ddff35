"""gunicorn's configuration, for the demo and for a deployment: `gunicorn -c python:perptools.server`.

gunicorn gives a connection a thread as soon as it is opened, and takes it back when the client is done, however long
that takes. `Worker` gives threads to requests only, and for a bounded time.
"""

import contextlib
import logging
import os
import selectors
import socket
import time
from concurrent.futures import Future
from functools import partial
from http import HTTPStatus
from types import FrameType
from typing import Any

from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger
from gunicorn.http.errors import LimitRequestHeaders, ParseException
from gunicorn.util import write_error
from gunicorn.workers.gthread import TConn, ThreadWorker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "perptools.settings")

from apikeys import networks
from perptools import logs, settings, siblings

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
        siblings.let_others_be_quicker(self.place)
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
            siblings.note(self.place, self.nr_conns)
        else:
            siblings.leave(self.place)
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


class Log(Logger):  # type: ignore[misc]
    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in (*self.error_log.handlers, *self.access_log.handlers):
            written = handler.formatter
            handler.setFormatter(
                logs.JsonLines() if settings.LOG_FORMAT == "json" else logs.Sentences(written._fmt, written.datefmt)
            )

    def atoms(self, resp: Any, req: Any, environ: dict[str, Any], request_time: Any) -> dict[str, Any]:
        """Log who calls, whatever proxies are between, and the path as it was sent, without its query.

        It is escaped: a decoded %0A would forge a line.
        """
        path = environ["RAW_URI"].partition("?")[0]
        mended = {"U": ascii(path)[1:-1], "h": caller(environ)}
        return {**super().atoms(resp, req, environ, request_time), **mended}

    def access(self, resp: Any, req: Any, environ: dict[str, Any], request_time: Any) -> None:
        if settings.LOG_FORMAT != "json":
            super().access(resp, req, environ, request_time)
            return
        atoms = self.atoms(resp, req, environ, request_time)
        fields = {"address": "h", "method": "m", "path": "U", "status": "s", "bytes": "B", "ms": "M"}
        facts = {name: atoms[atom] for name, atom in fields.items()} | {"request_id": atoms.get("{x-request-id}o")}
        self.access_log.info("%s %s", atoms["m"], atoms["U"], extra=facts)


def caller(environ: dict[str, Any]) -> str:
    peer = environ.get("REMOTE_ADDR", "")
    forwarded = environ.get("HTTP_X_FORWARDED_FOR", "")
    return str(networks.caller_address(networks.address(peer), forwarded, settings.TRUSTED_PROXIES) or "unknown")


def take_place(arbiter: Arbiter, worker: Worker) -> None:
    worker.place = siblings.free_place(each.place for each in arbiter.WORKERS.values())


def settle(arbiter: Arbiter, worker: Worker) -> None:
    siblings.keep_to_one_core(worker.place, worker.cfg.workers)


def leave_place(arbiter: Arbiter, worker: Worker) -> None:
    """Nobody is there to be quicker, also when it was killed."""
    siblings.leave(worker.place)


def flush_usage(arbiter: Arbiter, worker: Worker) -> None:
    if worker.booted:
        from apikeys import usage  # not before Django is set up

        usage.flush()


wsgi_app = "perptools.wsgi"
bind = "127.0.0.1:8000"
workers = settings.WEB_WORKERS
threads = settings.WEB_THREADS
worker_class = Worker
pre_fork = take_place
post_fork = settle
child_exit = leave_place
worker_exit = flush_usage

keepalive = 5
timeout = 30
graceful_timeout = 10

limit_request_line = 4094
limit_request_fields = 64
limit_request_field_size = 8190

# Only TRUSTED_PROXIES says whose headers are believed; gunicorn's own defaults believe every neighbour.
header_map = "drop"
forwarder_headers = ""
forwarded_allow_ips = ""
secure_scheme_headers: dict[str, str] = {}
control_socket_disable = True

logging.captureWarnings(True)  # Python's own, in the same form as the rest
logger_class = Log
accesslog = "-"
access_log_format = '%(h)s %(t)s "%(m)s %(U)s" %(s)s %(B)s %(M)sms'
