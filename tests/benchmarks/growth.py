"""The figures of perptools/server/SCALING.md: `python -m tests.benchmarks.growth`.

Costs were measured on one core of an ordinary server (2026), with the product's code on PostgreSQL 15. Delays are
simulated. If you change an input, copy the output into that file: a test compares them.
"""

import random
import sys
from dataclasses import dataclass

# -- Measured: milliseconds of one core ------------------------------------------------------------------------------

LOOKUP = 0.055  # PostgreSQL, to read the key's row
READ = 0.08  # PostgreSQL, for a whole read: the key's row, and a balance
ORDER = 1.1  # PostgreSQL, for a whole order: the key's row twice, and one transaction of 12 statements
WEB_CALL = 0.6  # a web host, for an average request

# -- Assumed ---------------------------------------------------------------------------------------------------------

CORES = 16  # of the database's machine
BUSY = 0.6  # utilization at which requests begin to queue
ORDERS = 0.1  # share of all requests
POSTGRESQL_CONNECTION_MB = 10

CALLS_OF_A_KEY = 2.0  # per second, spread over the processes
PROCESSES = 32
ROW_KEPT_SECONDS = 600  # in a process's memory, without a message about it
HEARTBEATS_A_LEASE = 4
PUSH_MEDIAN_MS, PUSH_SIGMA = 1.5, 0.8  # log-normal
PUSH_LOST = 1e-3
SAMPLES = 200_000
LEASES = (0.2, 1.0, 5.0)  # seconds


@dataclass(frozen=True)
class Step:
    name: str
    primary_ms: float  # of the primary database, per average request

    @property
    def calls_per_second(self) -> int:
        return round(CORES * BUSY / self.primary_ms * 1000 / 1000) * 1000


def mixed(read: float, order: float) -> float:
    return (1 - ORDERS) * read + ORDERS * order


def steps() -> list[Step]:
    return [
        Step("One database", mixed(READ, ORDER)),
        Step("Reads' data from replicas, the key's row from the primary", mixed(LOOKUP, ORDER)),
        Step("Orders in a database by account, the key's row from one primary", LOOKUP),
        Step("Key rows cached and pushed away, orders by account", LOOKUP * missed()),
    ]


def missed() -> float:
    """Return the share of requests that still read the database: each key's first in each process and each period."""
    return 1 / (1 + CALLS_OF_A_KEY / PROCESSES * ROW_KEPT_SECONDS)


def revocation_delays(lease: float, seed: int = 7) -> list[float]:
    """Simulate how long a process still admits a revoked key. Returns milliseconds, sorted.

    Normally, a push reaches it at once. If one is lost, the next heartbeat has a gap in its numbers, and all rows are
    dropped.
    """
    dice = random.Random(seed)
    return sorted(_delay(dice, lease * 1000 / HEARTBEATS_A_LEASE) for _ in range(SAMPLES))


def _delay(dice: random.Random, between_heartbeats: float) -> float:
    waited = 0.0
    while dice.random() < PUSH_LOST:
        waited += dice.uniform(0, between_heartbeats) if not waited else between_heartbeats
    return min(waited + dice.lognormvariate(0, PUSH_SIGMA) * PUSH_MEDIAN_MS, HEARTBEATS_A_LEASE * between_heartbeats)


def capacity_table() -> str:
    lines = ["| Step | Primary, ms a request | Requests a second | Web cores for them |", "|---|---|---|---|"]
    for step in steps():
        calls = step.calls_per_second
        web = round(calls * WEB_CALL / 1000 / BUSY)
        lines.append(f"| {step.name} | {step.primary_ms:.3f} | {calls:,} | {web:,} |")
    return "\n".join(lines)


def lease_table() -> str:
    lines = [
        "| Lease | Delay, median | 99 % | 99.99 % | Worst: a process cut off | If deleting waits for it |",
        "|---|---|---|---|---|---|",
    ]
    for lease in LEASES:
        delays = revocation_delays(lease)
        middle, late, last = (delays[int(SAMPLES * share)] for share in (0.5, 0.99, 0.9999))
        waiting = f"0, and a delete takes up to {lease} s"
        lines.append(f"| {lease} s | {middle:.1f} ms | {late:.0f} ms | {last:.0f} ms | {lease} s | {waiting} |")
    return "\n".join(lines)


def connections(hosts: int, workers: int, threads: int) -> tuple[int, float]:
    """Return the most connections that hosts keep open, and their memory in GB."""
    number = hosts * workers * threads
    return number, number * POSTGRESQL_CONNECTION_MB / 1000


if __name__ == "__main__":
    number, memory = connections(hosts=10, workers=4, threads=16)
    sys.stdout.write(f"{capacity_table()}\n\n{lease_table()}\n\n10 hosts: {number} connections, {memory:.1f} GB\n")
