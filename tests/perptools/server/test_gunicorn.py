"""gunicorn with our configuration: slow clients, hostile requests, logs, start and shutdown."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
from django.conf import settings

from apikeys.models import KeyUsage, Kind
from tests.faults.postgresql import free_port
from tests.support.factories import make_key
from tests.support.servers import ANSWER_SECONDS, CONFIG, Server, environment_of, running, wait_for_answer

pytestmark = pytest.mark.server

THREADS = 2
READING_SECONDS = 1
GRACE_SECONDS = 60  # before gunicorn kills its workers
SOON = 9  # seconds; with gunicorn's own worker, a client would wait for 50, or forever
WAITING = 40  # connections with a request

PUBLIC = "/v1/public/system_info"
HEAD_WITHOUT_END = b"GET /v1/public/system_info HTTP/1.1\r\nHost: 127.0.0.1\r\n"
BODY_WITHOUT_END = b'POST /v1/order HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n{"symbol"'


@contextmanager
def clients(server: Server, number: int, sent: bytes) -> Iterator[list[socket.socket]]:
    """Open connections that send something and then wait."""
    with ExitStack() as stack:
        opened = [
            stack.enter_context(socket.create_connection(server.address, timeout=ANSWER_SECONDS)) for _ in range(number)
        ]
        for connection in opened:
            connection.sendall(sent)
        yield opened


def send(server: Server, request: bytes, *, end: bool = True) -> bytes:
    """Send these bytes, and read the whole response."""
    with socket.create_connection(server.address, timeout=ANSWER_SECONDS) as connection:
        connection.sendall(request)
        if end:
            connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def seconds_to_answer(server: Server) -> float:
    started = time.monotonic()
    assert httpx.get(f"{server.url}{PUBLIC}").status_code == 200
    return time.monotonic() - started


@pytest.fixture(scope="module")
def small(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with few threads."""
    few = {"WEB_WORKERS": "1", "WEB_THREADS": str(THREADS), "WEB_READING_SECONDS": str(READING_SECONDS)}
    with running(tmp_path_factory.mktemp("small"), **few) as server:
        yield server


def test_silent_connections_delay_nobody(small: Server) -> None:
    with clients(small, 20, b""):
        assert seconds_to_answer(small) < SOON


@pytest.mark.parametrize("sent", [HEAD_WITHOUT_END, BODY_WITHOUT_END])
def test_endless_requests_delay_others_for_a_limited_time(sent: bytes, small: Server) -> None:
    with clients(small, THREADS, sent):
        assert seconds_to_answer(small) < READING_SECONDS + SOON


def test_slow_clients_delay_nobody(server: Server) -> None:
    with clients(server, 8, BODY_WITHOUT_END):
        assert max(seconds_to_answer(server) for _ in range(5)) < SOON


def test_body_shorter_than_its_length_is_rejected(small: Server) -> None:
    answer = send(small, BODY_WITHOUT_END)
    assert answer.split()[1] in (b"400", b"401")


def test_unread_body_does_not_break_the_next_request(server: Server) -> None:
    head = b" HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    refused = b"POST /v1/order" + head + b"Content-Length: 2\r\n\r\n{}"
    answer = send(server, refused + b"GET " + PUBLIC.encode() + head + b"Connection: close\r\n\r\n", end=False)
    assert [part.split()[0] for part in answer.split(b"HTTP/1.1 ")[1:]] == [b"401", b"200"]


def test_server_without_keep_alive_still_waits_for_a_request(django_db_setup: None, tmp_path: Path) -> None:
    with running(tmp_path, GUNICORN_CMD_ARGS="--keep-alive 0") as server, clients(server, 1, b"") as (connection,):
        assert httpx.get(f"{server.url}{PUBLIC}").status_code == 200
        connection.sendall(f"GET {PUBLIC} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        assert connection.recv(15) == b"HTTP/1.1 200 OK"


# -- What is sent to it, and what it says of that -----------------------------------------------------------------


def test_header_cannot_move_the_path(server: Server) -> None:
    answer = send(server, b"GET /moved/v1/whoami HTTP/1.1\r\nHost: 127.0.0.1\r\nSCRIPT_NAME: /moved\r\n\r\n")
    assert answer.split()[1] == b"404"


def test_untrusted_neighbour_cannot_claim_https(server: Server) -> None:
    answer = httpx.get(f"{server.url}{PUBLIC}", headers={"X-Forwarded-Proto": "https", "X-Forwarded-Ssl": "off"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "request_head",
    [
        b"GET /v1/nothing?token=hush HTTP/1.1\r\nHost: 127.0.0.1\r\n",
        b"GET /v1/nothing?token=hush HTTP/9.9\r\nHost: 127.0.0.1\r\n",
        b"GET /v1/nothing?token=hush\r\nHost: 127.0.0.1\r\n",
        b"hush /v1/nothing HTTP/1.1\r\nHost: 127.0.0.1\r\n",
        b"GET /v1/nothing HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer hush\r\n",
        b"GET /v1/nothing HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer hush\x00\r\n",
        b"GET /v1/nothing HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization Bearer hush\r\n",
        b"GET /v1/nothing HTTP/1.1\r\nHost: 127.0.0.1\r\nBearer hush: yes\r\n",
        b"GET /v1/nothing HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"hush" * 4000 + b"\r\n",
        b"GET /v1/nothing HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: hush\r\n",
    ],
)
def test_possible_secret_is_neither_logged_nor_sent_back(request_head: bytes, server: Server) -> None:
    answer = send(server, request_head + b"\r\n")
    assert b" 4" in answer[:13]
    assert b"hush" not in answer + server.log.read_bytes()


def test_requests_cannot_forge_log_lines(server: Server) -> None:
    send(server, b"GET /v1/a%0AFORGED%0D%1B[2J\x1b[2J HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    log = server.log.read_bytes()
    assert b"FORGED" in log
    assert not [line for line in log.splitlines() if line.startswith(b"FORGED") or b"\x1b" in line]


def test_old_configuration_name_works_with_a_warning(django_db_setup: None, tmp_path: Path) -> None:
    with running(tmp_path, config="python:perptools.server") as server:
        assert httpx.get(f"{server.url}{PUBLIC}").status_code == 200
        assert ("ends with the next version" in server.logged(), len(server.workers)) == (True, 2)


# -- Start and end --------------------------------------------------------------------------------------------------


def test_view_without_declared_access_stops_the_start(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "gunicorn", "-c", "python:perptools.server.config", "--check-config"]
    environment = environment_of(
        tmp_path, DJANGO_SETTINGS_MODULE="tests.perptools.server.settings_with_undeclared_view"
    )
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert "do not declare who may call them" in done.stderr


def test_usage_is_written_at_shutdown(transactional_db: None, tmp_path: Path) -> None:
    issued = make_key(kind=Kind.BEARER)
    with running(tmp_path, USAGE_FLUSH_SECONDS="3600") as server:
        answer = httpx.get(f"{server.url}/v1/whoami", headers={"Authorization": f"Bearer {issued.secret}"})
        assert answer.status_code == 200
    assert KeyUsage.objects.get(key=issued.key).calls == 1


@pytest.mark.parametrize("sent", [b"", HEAD_WITHOUT_END, BODY_WITHOUT_END])
def test_waiting_clients_do_not_delay_the_shutdown(sent: bytes, django_db_setup: None, tmp_path: Path) -> None:
    patient = {"WEB_READING_SECONDS": "90", "GUNICORN_CMD_ARGS": f"--graceful-timeout {GRACE_SECONDS}"}
    with running(tmp_path, **patient) as server, clients(server, 4, sent):
        httpx.get(server.url)  # its connection is later than theirs, so theirs were accepted
        started = time.monotonic()
        server.stop()
    assert time.monotonic() - started < GRACE_SECONDS / 2


def test_accepted_connections_are_answered_at_shutdown(django_db_setup: None, tmp_path: Path) -> None:
    """The workers are stopped until all have connected, so that no connection is accepted before the shutdown."""
    request = f"GET {PUBLIC} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode()
    with running(tmp_path) as server:
        workers = server.workers
        for worker in workers:
            os.kill(worker, signal.SIGSTOP)
        with clients(server, WAITING, request) as waiting:
            server.process.send_signal(signal.SIGTERM)
            for worker in workers:
                os.kill(worker, signal.SIGCONT)
            answers = Counter(connection.recv(15) for connection in waiting)
    assert answers == {b"HTTP/1.1 200 OK": WAITING}


@pytest.mark.parametrize(("address", "proxies", "told"), [("0.0.0.0", "", True), ("0.0.0.0", "10.0.0.9", False)])
def test_server_without_a_proxy_warns(
    address: str, proxies: str, told: bool, django_db_setup: None, tmp_path: Path
) -> None:
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "-c", CONFIG, "--bind", f"{address}:{port}"]
    log = tmp_path / "log"
    with log.open("wb") as file:
        environment = environment_of(tmp_path, TRUSTED_PROXIES=proxies)
        process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, stdout=file, stderr=file)
    server = Server(f"http://127.0.0.1:{port}", log, process)
    try:
        wait_for_answer(server)
    finally:
        server.stop()
    assert ("clients reach this server directly" in server.logged()) == told


def test_local_server_does_not_warn_about_proxies(server: Server) -> None:
    assert "TRUSTED_PROXIES" not in server.logged()


def test_there_is_no_control_socket(server: Server) -> None:
    assert "Control" not in server.logged()
