"""How many workers and threads, and whether to keep connections: `python -m tests.benchmarks --sweep`.

Prints a Markdown table of requests a second, of the slowest call but one in a hundred, and of what all workers hold in
memory. The defaults of `perptools.settings` and `perptools.server` are chosen from it.
"""

import json
from itertools import product
from pathlib import Path
from typing import NamedTuple

import django

django.setup()

from tests.benchmarks.cast import Cast, gather
from tests.benchmarks.measure import own_database
from tests.benchmarks.memory import memory_of
from tests.benchmarks.over_http import Load, load, of, requests, serving
from tests.clients import BearerClient

WORKERS, THREADS, KEEP_ALIVE = (1, 2, 4), (1, 4, 16, 32), (5, 0)
SECONDS, CONNECTIONS = 3, 32
ORDERS = """
local number = 0
request = function()
    number = number + 1
    local side = number %% 2 == 0 and "BUY" or "SELL"
    local body = '{"symbol":"PERP_BTC_USDC","order_type":"MARKET","order_quantity":"0.001","side":"' .. side .. '"}'
    return wrk.format("POST", "/v1/order", %s, body)
end
"""


class Setting(NamedTuple):
    workers: int
    threads: int
    keep_alive: int  # seconds


def sweep(cast: Cast, folder: Path) -> None:
    orders = folder / "orders.lua"
    headers = json.dumps(of(BearerClient(cast.trading_token))).replace('"Authorization":', "['Authorization'] =")
    orders.write_text(ORDERS % headers)
    path, reader = requests(cast)["bearer token"]
    print("| workers | threads | keep-alive | reads/s | 99% ms | orders/s | 99% ms | MiB |")  # noqa: T201
    print("|--:|--:|--:|--:|--:|--:|--:|--:|")  # noqa: T201
    for setting in map(Setting._make, product(WORKERS, THREADS, KEEP_ALIVE)):
        environment = {"WEB_WORKERS": str(setting.workers), "WEB_THREADS": str(setting.threads)}
        with serving("--keep-alive", str(setting.keep_alive), **environment) as (url, server):
            load(url + path, reader, 1, connections=CONNECTIONS)
            reads = load(url + path, reader, SECONDS, connections=CONNECTIONS)
            writes = load(url + path, {}, SECONDS, orders, connections=CONNECTIONS)
            print(_row(setting, reads, writes, sum(memory_of(server))), flush=True)  # noqa: T201


def _row(setting: Setting, reads: Load, writes: Load, memory: float) -> str:
    failed = " (not all answered with 200)" if reads.failed or writes.failed else ""
    cells = [*map(str, setting), f"{reads.each_second:,.0f}", f"{reads.slowest:.0f}"]
    cells += [f"{writes.each_second:,.0f}", f"{writes.slowest:.0f}", f"{memory:.0f}{failed}"]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    with own_database() as state:
        sweep(gather(), state)
