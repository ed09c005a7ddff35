"""The memory of a worker after a million requests, and under a flood of invalid tokens.

`python -m tests.benchmarks --calls 1000000` sends a million; the default is half a minute.
"""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.fixtures import Cast
from tests.benchmarks.over_http import load, requests, serving
from tests.benchmarks.peers_under_test import with_checksum
from tests.support.servers import children

SECONDS = 30  # per load
UNKNOWN_TOKENS = 100_000
FLOOD = """
local tokens, at = {}, 0
for line in io.lines("%s") do tokens[#tokens + 1] = line end
request = function()
    at = at %% #tokens + 1
    return wrk.format("GET", nil, {["Authorization"] = "Bearer " .. tokens[at]})
end
"""


def memory(cast: Cast, calls: int) -> list[tuple[str, int, float]]:
    """Return the kind of load, its number of requests, and the MiB of the largest worker afterwards."""
    path, headers = requests(cast)["bearer token"]
    with serving(WEB_WORKERS="2") as (url, server), TemporaryDirectory() as folder:
        load(url + path, headers, 1)
        found = [("at the start", 0, largest_worker(server))]
        answered = 0
        while answered < max(1, calls):
            answered += load(url + path, headers, SECONDS).calls
        found.append(("bearer reads", answered, largest_worker(server)))
        flood = Path(folder, "flood.lua")
        Path(folder, "tokens").write_text("\n".join(unknown_tokens()))
        flood.write_text(FLOOD % Path(folder, "tokens"))
        refused = load(url + path, {}, SECONDS, flood).calls
        found.append(("a flood of unknown tokens", refused, largest_worker(server)))
    return found


def unknown_tokens() -> Iterator[str]:
    for number in range(UNKNOWN_TOKENS):
        yield with_checksum(f"ptk_{number:016}_" + "x" * 43)


def largest_worker(server: "subprocess.Popen[bytes]") -> float:
    return max(memory_of(server))


def memory_of(server: "subprocess.Popen[bytes]") -> list[float]:
    """Return the memory of each worker, in MiB."""
    status = [Path(f"/proc/{worker}/status").read_text() for worker in children(server.pid)]
    return [int(re.search(r"VmRSS:\s+(\d+)", each)[1]) / 1024 for each in status]  # type: ignore[index]
