"""Send requests as bytes on a socket, so that no client library corrects them."""

import json
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from tests.support.servers import Server

PATIENCE_SECONDS = 60
Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Answer:
    """A response. Status 0: the server closed the connection without one."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def reason(self) -> str:
        with suppress(ValueError, AttributeError, TypeError):
            return str(self.json()["reason"])
        return ""

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name.lower()), None)

    def without_time(self) -> str:
        """Return the response without what differs each time."""
        body = {name: value for name, value in self.json().items() if name not in ("timestamp", "request_id")}
        headers = [pair for pair in self.headers if pair[0] not in ("date", "x-request-id", "connection")]
        return json.dumps([self.status, body, sorted(headers)])


def head(method: str, target: str, headers: Headers = (), version: str = "HTTP/1.1") -> bytes:
    lines = [f"{method} {target} {version}", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n"


def request(method: str, target: str, headers: Headers = (), body: bytes = b"") -> bytes:
    length = [("Content-Length", str(len(body)))] if body else []
    return head(method, target, [*headers, *length]) + b"\r\n" + body


def exchange(server: Server, raw: bytes, source: str = "127.0.0.1", *, hang_up: bool = True) -> list[Answer]:
    """Send bytes on one connection from a loopback address, and read everything that comes back.

    `hang_up` closes the sending side after the last byte, which nginx takes for a client that is gone.
    """
    with socket.create_connection(server.address, PATIENCE_SECONDS, source_address=(source, 0)) as connection:
        with suppress(ConnectionError):
            connection.sendall(raw)
        if hang_up:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
        received = bytearray()
        with suppress(ConnectionError):
            while more := connection.recv(65536):
                received += more
    return parse(bytes(received))


def answer(server: Server, raw: bytes, source: str = "127.0.0.1", *, hang_up: bool = True) -> Answer:
    """Send one request, and read its response."""
    answers = exchange(server, raw, source, hang_up=hang_up)
    return answers[0] if answers else Answer(0, (), b"")


def parse(received: bytes) -> list[Answer]:
    answers = []
    while received.startswith(b"HTTP/"):
        top, _, rest = received.partition(b"\r\n\r\n")
        first, *lines = top.decode("latin-1").split("\r\n")
        headers = tuple((name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines))
        length = next((int(value) for name, value in headers if name == "content-length"), len(rest))
        status = int(first.split()[1])
        if status != 100:
            answers.append(Answer(status, headers, rest[:length]))
        received = rest[length:] if status != 100 else rest
    return answers
