"""Compare numbers of workers and threads, and keeping connections open: `python -m tests.benchmarks --sweep`.

Prints a Markdown table of requests per second, the 99th percentile, and the memory of all workers. The defaults of
`perptools.settings` and `perptools.server.config` are based on it.
"""

import json
from itertools import product
from pathlib import Path

import django

django.setup()

from tests.benchmarks.fixtures import Cast, gather
from tests.benchmarks.measure import own_database
from tests.benchmarks.memory import memory_of
from tests.benchmarks.over_http import Load, headers_of, load, requests, serving
from tests.support.api_clients import BearerClient

WORKERS, THREADS = (1, 2, 4), (1, 4, 16, 32)
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


def sweep(cast: Cast, folder: Path) -> None:
    orders = folder / "orders.lua"
    headers = json.dumps(headers_of(BearerClient(cast.trading_token))).replace(
        '"Authorization":', "['Authorization'] ="
    )
    orders.write_text(ORDERS % headers)
    path, reader = requests(cast)["bearer token"]
    print("| workers | threads | reads/s | 99 % ms | a connection each | 99 % ms | orders/s | 99 % ms | MiB |")  # noqa: T201
    print("|" + "--:|" * 9)  # noqa: T201
    for workers, threads in product(WORKERS, THREADS):
        with serving(WEB_WORKERS=str(workers), WEB_THREADS=str(threads)) as (url, server):
            for _ in range(2):  # each worker must verify both tokens first
                load(url + path, reader, 1, connections=CONNECTIONS)
                load(url + path, {}, 1, orders, connections=CONNECTIONS)
            found = [
                load(url + path, reader, SECONDS, connections=CONNECTIONS),
                load(url + path, reader | {"Connection": "close"}, SECONDS, connections=CONNECTIONS),
                load(url + path, {}, SECONDS, orders, connections=CONNECTIONS),
            ]
            print(_row(workers, threads, found, sum(memory_of(server))), flush=True)  # noqa: T201


def _row(workers: int, threads: int, found: list[Load], memory: float) -> str:
    cells = [
        f"{each.each_second:,.0f} | {each.slowest:.0f}{f' ({each.failed} refused)' if each.failed else ''}"
        for each in found
    ]
    return f"| {workers} | {threads} | {' | '.join(cells)} | {memory:.0f} |"


if __name__ == "__main__":
    with own_database() as state:
        sweep(gather(), state)
