"""Clients that send slowly, never finish, or don't read delay nobody, however many there are."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from perptools.server.worker import MOST_ARRIVING
from tests.support.servers import ANSWER_SECONDS, Server, running

pytestmark = pytest.mark.server

THREADS = 2
MANY = 200
SOON = 9  # seconds; with a thread for each of them, the last client would wait for minutes
PUBLIC = "/v1/public/system_info"
HOST = b"Host: 127.0.0.1\r\n"
ANSWERS_BEYOND_ANY_BUFFER = 60  # of the guide's 100 kB


@pytest.fixture(scope="module")
def small(django_db_setup: None, static_files: Path) -> Iterator[Server]:
    """A server with two threads that waits for each request for a minute."""
    few = {"WEB_WORKERS": "1", "WEB_THREADS": str(THREADS), "WEB_READING_SECONDS": "60"}
    with running(static_files, **few) as server:
        yield server


@contextmanager
def clients(server: Server, sent: bytes, number: int = MANY) -> Iterator[list[socket.socket]]:
    """Open connections with small buffers, send something on each, and read nothing."""
    with ExitStack() as stack:
        opened = [stack.enter_context(socket.socket()) for _ in range(number)]
        for connection in opened:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.settimeout(ANSWER_SECONDS)
            connection.connect(server.address)
            connection.sendall(sent)
        yield opened


def is_soon_answered(server: Server) -> bool:
    started = time.monotonic()
    assert httpx.get(f"{server.url}{PUBLIC}").status_code == 200
    return time.monotonic() - started < SOON


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"G",
        b"GET /guide HTTP/1.1\r\n" + HOST,
        b"POST /v1/order HTTP/1.1\r\n" + HOST + b"Content-Length: 5000\r\n\r\n{",
        b"POST /account/login/ HTTP/1.1\r\n" + HOST + b"Content-Length: 5000\r\n\r\na=b",
        b"POST /v1/order HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{",
        b"POST /v1/order HTTP/1.1\r\n" + HOST + b"Content-Length: 5000\r\nExpect: 100-continue\r\n\r\n",
    ],
    ids=["nothing", "a letter", "half a head", "half an order", "half a form", "half a chunk", "waits to go on"],
)
def test_endless_requests_delay_nobody(sent: bytes, small: Server) -> None:
    with clients(small, sent) as opened:
        assert is_soon_answered(small)
        for connection in opened:
            connection.sendall(b"x")
        assert is_soon_answered(small)


def test_unread_responses_delay_nobody(small: Server) -> None:
    asked = b"GET /guide HTTP/1.1\r\n" + HOST + b"\r\n"
    with clients(small, asked * ANSWERS_BEYOND_ANY_BUFFER, 40):
        assert is_soon_answered(small)


def test_late_reader_gets_every_response(small: Server) -> None:
    asked = [b"GET /guide HTTP/1.1\r\n" + HOST + b"\r\n"] * ANSWERS_BEYOND_ANY_BUFFER
    last = b"GET /guide HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
    with clients(small, b"".join(asked) + last, 1) as (connection,):
        assert is_soon_answered(small)
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    assert received.count(b"HTTP/1.1 200 OK") == len(asked) + 1
    assert received.count(b"</html>") == len(asked) + 1


def test_large_endless_requests_fill_no_memory(small: Server) -> None:
    """Past the limit, the largest request is dropped, and not the next one."""
    sent = b"POST /v1/order HTTP/1.1\r\n" + HOST + b"Content-Length: 1000000\r\n\r\n" + b"x" * 950_000
    with ExitStack() as stack:
        opened = []
        for _ in range(MOST_ARRIVING // 950_000 + 10):
            opened.append(stack.enter_context(socket.create_connection(small.address, timeout=ANSWER_SECONDS)))
            with suppress(ConnectionError):
                opened[-1].sendall(sent)
        assert is_soon_answered(small)
        assert any(is_closed(connection) for connection in opened)


def is_closed(connection: socket.socket) -> bool:
    try:
        return not connection.recv(1, socket.MSG_DONTWAIT)
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


def answer_to(server: Server, sent: bytes, *more: bytes) -> bytes:
    with socket.create_connection(server.address, timeout=ANSWER_SECONDS) as connection:
        connection.sendall(sent)
        received = b""
        for part in more:
            received += connection.recv(65536)
            connection.sendall(part)
        return received + b"".join(iter(lambda: connection.recv(65536), b""))


def test_100_continue_is_sent_once(small: Server) -> None:
    head = b"POST /v1/public/leaked_key HTTP/1.1\r\n" + HOST + b"Expect: 100-continue\r\nConnection: close\r\n"
    body = b'{"secret":"x"}'
    answer = answer_to(small, head + b"Content-Length: %d\r\n\r\n" % len(body), body)
    assert [part.split()[0] for part in answer.split(b"HTTP/1.1 ")[1:]] == [b"100", b"200"]


@pytest.mark.parametrize("path", [b"/v1/order", b"/account/login/"])
def test_too_large_body_is_not_waited_for(path: bytes, small: Server) -> None:
    """The client goes on sending, and can still read the error."""
    head = b"POST " + path + b" HTTP/1.1\r\n" + HOST + b"Content-Length: 30000000\r\n\r\n"
    answer = answer_to(small, head + b"x" * 300_000, b"x" * 300_000)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"Connection: close" in answer


def test_slow_request_times_out(django_db_setup: None, static_files: Path) -> None:
    with running(static_files, WEB_READING_SECONDS="1", WEB_WORKERS="1") as server:
        body = answer_to(server, b"POST /account/login/ HTTP/1.1\r\n" + HOST + b"Content-Length: 50\r\n\r\na=b")
        assert body.startswith(b"HTTP/1.1 4")
        assert answer_to(server, b"GET /guide HTTP/1.1\r\n") == b""


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost:\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n",
        b"POST / HTTP/1.1\r\n" + HOST + b"Content-Type: a/b\r\nContent-Type: c/d\r\nContent-Length: 0\r\n\r\n",
        b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 0\r\nContent-Length: 0\r\n\r\n",
        b"POST /v1/order HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        b"POST /account/login/ HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhel",
        b"POST /account/login/ HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n",
        b"POST /v1/order HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nhello\r\n0\r\n\r\n",
    ],
    ids=lambda sent: sent[-28:].decode("ascii", "replace") if isinstance(sent, bytes) else None,
)
def test_ambiguous_request_is_rejected(sent: bytes, small: Server) -> None:
    with socket.create_connection(small.address, timeout=ANSWER_SECONDS) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 400 ")


def test_tls_ends_at_the_proxy(django_db_setup: None, tmp_path: Path) -> None:
    """Buffered bytes are read before a TLS handshake, so a certificate here couldn't work."""
    (tmp_path / "pem").touch()
    arguments = f"--certfile {tmp_path}/pem --keyfile {tmp_path}/pem"
    refused = pytest.raises(pytest.fail.Exception, match="TLS ends at the proxy")
    with refused, running(tmp_path, GUNICORN_CMD_ARGS=arguments):
        pass


def test_response_that_fails_half_way_ends_only_its_connection(django_db_setup: None, static_files: Path) -> None:
    """gunicorn closes the socket in the thread, while more requests are waiting."""
    failing = "tests.perptools.server.settings_with_failing_answer"
    with running(static_files, WEB_WORKERS="1", DJANGO_SETTINGS_MODULE=failing) as server:
        worker = server.workers
        asked = b"GET /v1/public/system_info HTTP/1.1\r\n" + HOST + b"\r\n"
        answer = answer_to(server, b"GET /failing HTTP/1.1\r\n" + HOST + b"\r\n" + asked)
        assert b"begun" in answer
        assert is_soon_answered(server)
        assert server.workers == worker
