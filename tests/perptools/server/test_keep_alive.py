"""Idle connections: how long they stay open, what clients learn about it, and what happens at the limit."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from perptools.server import config, keep_alive
from tests.support.servers import ANSWER_SECONDS, Server, running

pytestmark = pytest.mark.server

PUBLIC = b"GET /v1/public/system_info HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
KEPT_SECONDS = 3
MOST_CONNECTIONS = 20
THREADS = 2


def ask(connection: socket.socket, request: bytes = PUBLIC) -> dict[str, str]:
    """Send a request and read the whole response. Returns the headers, in lower case."""
    connection.sendall(request)
    answer = connection.makefile("rb", buffering=0)
    status = answer.readline()
    assert status.startswith(b"HTTP/1."), status
    headers = {}
    while (line := answer.readline().decode()) != "\r\n":
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    answer.read(int(headers["content-length"]))
    return headers


def is_open(connection: socket.socket) -> bool:
    try:
        return bool(ask(connection))
    except (OSError, AssertionError):
        return False


@pytest.fixture
def connection(server: Server) -> Iterator[socket.socket]:
    with socket.create_connection(server.address, timeout=ANSWER_SECONDS) as opened:
        yield opened


@pytest.fixture(scope="module")
def small(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with few threads and connections, and a short time for idle ones."""
    arguments = f"--keep-alive {KEPT_SECONDS} --worker-connections {MOST_CONNECTIONS}"
    few = {"WEB_WORKERS": "1", "WEB_THREADS": str(THREADS), "GUNICORN_CMD_ARGS": arguments}
    with running(tmp_path_factory.mktemp("small"), **few) as server:
        yield server


def test_idle_connections_stay_open_longer_than_announced(connection: socket.socket) -> None:
    headers = ask(connection)
    assert (headers["connection"], headers["keep-alive"]) == ("keep-alive", "timeout=60")
    assert config.keepalive == 65


@pytest.mark.parametrize(("kept", "told"), [(75, 70), (65, 60), (7, 2), (6, 1), (5, 1), (1, 1)])
def test_announced_time_is_shorter_and_never_zero(kept: int, told: int) -> None:
    assert keep_alive.announced(kept) == told


@pytest.mark.parametrize(
    "request_",
    [
        PUBLIC.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"),
        PUBLIC.replace(b"HTTP/1.1", b"HTTP/1.0"),
    ],
    ids=["close", "1.0"],
)
def test_closed_connection_announces_nothing(request_: bytes, connection: socket.socket) -> None:
    headers = ask(connection, request_)
    assert (headers["connection"], "keep-alive" in headers) == ("close", False)


def test_rejection_announces_it_too(connection: socket.socket) -> None:
    refused = ask(connection, PUBLIC.replace(b"public/system_info", b"whoami"))
    assert refused["keep-alive"] == "timeout=60"


def test_idle_connection_is_closed_after_its_time(small: Server) -> None:
    with socket.create_connection(small.address, timeout=ANSWER_SECONDS) as connection:
        ask(connection)
        started = time.monotonic()
        assert connection.recv(1) == b""
        assert time.monotonic() - started >= KEPT_SECONDS - 0.1


def test_idle_connections_take_no_threads(small: Server) -> None:
    with ExitStack() as stack:
        for _ in range(MOST_CONNECTIONS - 2):
            ask(stack.enter_context(socket.create_connection(small.address, timeout=ANSWER_SECONDS)))
        with socket.create_connection(small.address, timeout=ANSWER_SECONDS) as another:
            assert is_open(another)


def test_full_server_closes_the_connection_idle_longest(small: Server) -> None:
    with ExitStack() as stack:
        opened = []
        for _ in range(2 * MOST_CONNECTIONS):
            opened.append(stack.enter_context(socket.create_connection(small.address, timeout=ANSWER_SECONDS)))
            ask(opened[-1])
        assert [is_open(connection) for connection in opened[:MOST_CONNECTIONS]] == [False] * MOST_CONNECTIONS
        assert is_open(opened[-1])


def test_full_server_closes_no_connection_with_a_request(small: Server) -> None:
    with ExitStack() as stack:
        begun = stack.enter_context(socket.create_connection(small.address, timeout=ANSWER_SECONDS))
        ask(begun)
        begun.sendall(PUBLIC[:20])
        for _ in range(2 * MOST_CONNECTIONS):
            ask(stack.enter_context(socket.create_connection(small.address, timeout=ANSWER_SECONDS)))
        assert ask(begun, PUBLIC[20:])
