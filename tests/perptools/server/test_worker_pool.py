"""How gunicorn's workers share cores and connections."""

import os
import re
import signal
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from perptools.server import worker_pool
from tests.support.servers import Server, running

pytestmark = pytest.mark.server

REQUEST = b"GET /v1/public/system_info HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
OF_WORKER = re.compile(rb"X-Request-Id: (.{8})", re.IGNORECASE)
CLIENTS = 50
SECONDS = 120  # at most


@pytest.fixture(scope="module")
def two(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("two"), WEB_WORKERS="2") as server:
        for worker in server.workers:  # the other worker must have started, too
            with hanging(worker):
                httpx.get(server.url, timeout=SECONDS)
        yield server


@contextmanager
def hanging(process: int) -> Iterator[None]:
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process, signal.SIGCONT)


@contextmanager
def connected(server: Server) -> Iterator[Counter[bytes]]:
    """Open connections in one burst, and count them by worker, which a request ID begins with."""
    with ExitStack() as stack:
        opened = [stack.enter_context(socket.socket()) for _ in range(CLIENTS)]
        for connection in opened:
            connection.setblocking(False)
            connection.connect_ex(server.address)
        for connection in opened:
            connection.settimeout(SECONDS)
            connection.sendall(REQUEST)
        yield Counter(OF_WORKER.search(connection.recv(4096))[1] for connection in opened)  # type: ignore[index]


@pytest.mark.parametrize(
    ("own", "of_others", "waits"),
    [
        (0, [0], False),
        (1, [0], True),
        (3, [3, 4], False),
        (3, [4, 2], True),
        (3, [], False),
    ],
)
def test_worker_with_more_connections_waits_for_others(
    own: int, of_others: list[int], waits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    for slot, connections in enumerate([own, *of_others]):
        worker_pool.note(slot, connections)
    worker_pool.let_others_be_quicker(0)
    for slot in range(1 + len(of_others)):
        worker_pool.leave(slot)
    assert waited == [worker_pool.PAUSE_SECONDS] * waits


def test_hanging_worker_is_waited_for_briefly(two: Server) -> None:
    with hanging(two.workers[0]):
        started = time.monotonic()
        with connected(two) as of_worker:
            assert list(of_worker.values()) == [CLIENTS]
        assert time.monotonic() - started >= (CLIENTS - 1) * worker_pool.PAUSE_SECONDS


def cores_of(server: Server) -> list[set[int]]:
    return sorted((os.sched_getaffinity(worker) for worker in server.workers), key=sorted)


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system keeps no process to a core")
def test_each_worker_has_its_core_if_there_are_enough_workers(django_db_setup: None, tmp_path: Path) -> None:
    each_on_one = [{core} for core in sorted(os.sched_getaffinity(0))]
    with running(tmp_path, WEB_WORKERS=str(len(each_on_one))) as server:
        assert cores_of(server) == each_on_one
        killed = server.workers[0]
        os.kill(killed, signal.SIGKILL)
        until = time.monotonic() + SECONDS
        while (killed in server.workers or cores_of(server) != each_on_one) and time.monotonic() < until:
            time.sleep(0.1)
        assert cores_of(server) == each_on_one


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system keeps no process to a core")
def test_fewer_workers_than_cores_are_not_pinned(django_db_setup: None, tmp_path: Path) -> None:
    cores = os.sched_getaffinity(0)
    if len(cores) == 1:
        pytest.skip("there is only one core")
    with running(tmp_path, WEB_WORKERS="1") as server:
        assert cores_of(server) == [cores]
