"""Requests per second over HTTP, with the product's gunicorn.

The load comes from wrk (Debian: `apt install wrk`), with eight open connections.
"""

import contextlib
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import httpx

from tests.benchmarks.fixtures import Cast
from tests.support.api_clients import ApiClient, BearerClient

ROUNDS, SECONDS, CONNECTIONS = 3, 4, 8


def throughput(cast: Cast, **environment: str) -> dict[str, float]:
    """Return the requests per second: medians of interleaved rounds."""
    counted: dict[str, list[float]] = {}
    with serving(**environment) as (url, _):
        for _ in range(ROUNDS):
            for name, (path, headers) in requests(cast).items():
                counted.setdefault(name, []).append(load(url + path, headers, SECONDS).each_second)
    return {name: median(each) for name, each in counted.items()}


def requests(cast: Cast) -> dict[str, tuple[str, dict[str, str]]]:
    asked = {
        "bare Django view": ("/bare", {}),
        "bearer token": ("/v1/still", headers_of(BearerClient(cast.tokens["1"]))),
        "signing key": ("/v1/still", headers_of(cast.signed())),
        "balance from the database": ("/v1/client/holding", headers_of(BearerClient(cast.tokens["0"]))),
    }
    if cast.peers:
        asked["djangorestframework-api-key"] = key = (
            "/peers/drf-api-key",
            {"Authorization": f"Api-Key {cast.peers['rest_framework_api_key']}"},
        )
        asked["djangorestframework-api-key, balance"] = ("/peers/drf-api-key-balance", key[1])
        asked["DRF authtoken"] = ("/peers/authtoken", {"Authorization": f"Token {cast.peers['authtoken']}"})
        asked["django-ninja with a key lookup"] = ("/peers/ninja", {"Authorization": f"Bearer {cast.peers['ninja']}"})
        asked["django-rest-knox"] = ("/peers/knox", {"Authorization": f"Token {cast.peers['knox']}"})
    return asked


def wait_for(url: str) -> None:
    for _ in range(60):
        with contextlib.suppress(httpx.TransportError):
            httpx.get(url, timeout=1)
            return
    raise RuntimeError("The server did not start")


def headers_of(client: ApiClient) -> dict[str, str]:
    return client.headers_for("GET", "/v1/still", b"")


@dataclass(frozen=True)
class Load:
    """The result of wrk: requests per second, numbers of requests and of errors, and the slowest request in ms."""

    each_second: float
    calls: int
    failed: int
    slowest: float  # 99th percentile


def load(
    url: str, headers: dict[str, str], seconds: int, script: Path | None = None, connections: int = CONNECTIONS
) -> Load:
    more = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    command = ["wrk", "--latency", "-t1", f"-c{connections}", f"-d{seconds}s", *more]
    command += [*(["-s", str(script)] if script else []), url]
    said = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", said).groups()  # type: ignore[union-attr]
    return Load(
        each_second=float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1]),  # type: ignore[index]
        calls=int(re.search(r"(\d+) requests in", said)[1]),  # type: ignore[index]
        failed=int(failed[1]) if failed else 0,
        slowest=float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit],
    )


@contextmanager
def serving(**environment: str) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        command = [sys.executable, "-m", "gunicorn", "-c", "python:perptools.server.config"]
        command += ["--bind", f"fd://{listener.fileno()}", "tests.benchmarks.wsgi"]
        server = subprocess.Popen(
            command,
            env=os.environ | environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[listener.fileno()],
        )
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            wait_for(url)
            yield url, server
        finally:
            server.terminate()
            server.wait()
