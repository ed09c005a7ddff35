"""Redis stopped under a running server: limits are counted in the process, and in Redis again later."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from perptools.cache import ASKED_AGAIN_SECONDS
from tests.faults.postgresql import free_port
from tests.support.factories import make_key
from tests.support.servers import START_SECONDS, Server, running

pytestmark = [pytest.mark.faults, pytest.mark.server]

BUDGET = 3
STRANGER = {"Authorization": "Bearer x"}


@contextmanager
def redis_server(port: int, folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + START_SECONDS
        while ask_redis(port, "PING") != "PONG":
            assert process.poll() is None
            assert time.monotonic() < deadline, "Redis did not start"
            time.sleep(0.05)
        yield process
        process.kill()


def ask_redis(port: int, question: str) -> str:
    return subprocess.run(["redis-cli", "-p", str(port), question], capture_output=True, text=True).stdout.strip()


@pytest.fixture
def port() -> int:
    if not shutil.which("redis-server"):
        pytest.skip("There is no redis-server on this machine.")
    return free_port()


@pytest.fixture
def served(transactional_db: None, port: int, tmp_path: Path) -> Iterator[Server]:
    wanted = {"CACHE_URL": f"redis://127.0.0.1:{port}/0", "API_FAILURES_PER_MINUTE": str(BUDGET), "WEB_WORKERS": "1"}
    with running(tmp_path, **wanted) as server:
        yield server


def failing_calls(server: Server, times: int) -> list[int]:
    return [httpx.get(f"{server.url}/v1/whoami", headers=STRANGER).status_code for _ in range(times)]


def test_failures_are_limited_without_redis_and_valid_requests_pass(served: Server) -> None:
    client = make_key().client()
    statuses = failing_calls(served, 2 * BUDGET + 1)  # a new minute may start in between, with a new limit
    assert (statuses[:BUDGET], set(statuses[BUDGET:])) in [([401] * BUDGET, {429}), ([401] * BUDGET, {401, 429})]
    with httpx.Client(base_url=served.url) as http:
        assert client.over_http(http, "GET", "/v1/whoami").status_code == 200


def test_redis_counts_again_after_an_outage(served: Server, port: int, tmp_path: Path) -> None:
    failing_calls(served, 1)
    with redis_server(port, tmp_path) as process:
        time.sleep(2 * ASKED_AGAIN_SECONDS)
        failing_calls(served, 1)
        counted = ask_redis(port, "DBSIZE")
        process.kill()
    assert (counted, failing_calls(served, 1)) == ("1", [401])
