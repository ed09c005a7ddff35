"""The same over HTTP: requests a second behind the product's own gunicorn, and how much memory its workers take.

The load comes from wrk (Debian: `apt install wrk`), eight connections that are kept open.
"""

import contextlib
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import httpx

from tests.benchmarks.cast import Cast
from tests.benchmarks.contenders import with_checksum
from tests.clients import ApiClient, BearerClient

ROUNDS, SECONDS = 3, 4
UNKNOWN_TOKENS = 100_000
FLOOD = """
local tokens, at = {}, 0
for line in io.lines("%s") do tokens[#tokens + 1] = line end
request = function()
    at = at %% #tokens + 1
    return wrk.format("GET", nil, {["Authorization"] = "Bearer " .. tokens[at]})
end
"""


def throughput(cast: Cast, **environment: str) -> dict[str, float]:
    """Requests a second, the medians of interleaved rounds."""
    counted: dict[str, list[float]] = {}
    with serving(**environment) as (url, _):
        for _ in range(ROUNDS):
            for name, (path, headers) in requests(cast).items():
                counted.setdefault(name, []).append(load(url + path, headers, SECONDS)[0])
    return {name: median(each) for name, each in counted.items()}


def requests(cast: Cast) -> dict[str, tuple[str, dict[str, str]]]:
    asked = {
        "bare Django view": ("/bare", {}),
        "bearer token": ("/v1/still", of(BearerClient(cast.tokens["1"]))),
        "signing key": ("/v1/still", of(cast.signed())),
        "balance from the database": ("/v1/client/holding", of(BearerClient(cast.tokens["0"]))),
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


def of(client: ApiClient) -> dict[str, str]:
    return client.headers_for("GET", "/v1/still", b"")


def memory(cast: Cast, seconds: int = 30) -> list[tuple[str, int, float]]:
    """What was called, how many calls that had been, and how many MiB the largest worker had afterwards."""
    path, headers = requests(cast)["bearer token"]
    with serving(WEB_WORKERS="2") as (url, server), TemporaryDirectory() as folder:
        load(url + path, headers, 1)
        found = [("at the start", 0, largest_worker(server))]
        answered = load(url + path, headers, seconds)[1]
        found.append(("bearer reads", answered, largest_worker(server)))
        flood = Path(folder, "flood.lua")
        Path(folder, "tokens").write_text("\n".join(unknown_tokens()))
        flood.write_text(FLOOD % Path(folder, "tokens"))
        refused = load(url + path, {}, seconds, flood)[1]
        found.append(("a flood of unknown tokens", refused, largest_worker(server)))
    return found


def unknown_tokens() -> Iterator[str]:
    for number in range(UNKNOWN_TOKENS):
        yield with_checksum(f"ptk_{number:016}_" + "x" * 43)


def largest_worker(server: "subprocess.Popen[bytes]") -> float:
    workers = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    status = [Path(f"/proc/{worker}/status").read_text() for worker in workers]
    return max(int(re.search(r"VmRSS:\s+(\d+)", each)[1]) for each in status) / 1024  # type: ignore[index]


def load(url: str, headers: dict[str, str], seconds: int, script: Path | None = None) -> tuple[float, int]:
    """Requests a second, and how many there were."""
    more = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    command = ["wrk", "-t1", "-c8", f"-d{seconds}s", *more, *(["-s", str(script)] if script else []), url]
    said = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    return float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1]), int(re.search(r"(\d+) requests in", said)[1])  # type: ignore[index]


@contextmanager
def serving(**environment: str) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        command = [sys.executable, "-m", "gunicorn", "-c", "python:perptools.server"]
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
