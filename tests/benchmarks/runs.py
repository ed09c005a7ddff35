"""Interleaved rounds: each contender runs for a moment, again and again, so that a busy moment affects all."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from statistics import median, quantiles
from tempfile import TemporaryDirectory

from tests.benchmarks.counters import Callgrind, Perf

ROUNDS = {"time": 11, "server": 5, "perf": 5, "callgrind": 2}
MOMENT = {"time": 20e6, "server": 20e6, "perf": 20e6, "callgrind": 5e6}  # nanoseconds or instructions
MOST_CALLS = 100
# Under valgrind everything is fifty times slower, so fifty times too many flushes would be counted.
UNDER_CALLGRIND = {"USAGE_FLUSH_SECONDS": "0"}
WARM_UP = 3

Ask = Callable[[str, int], float]


@dataclass(frozen=True)
class Figure:
    """The cost of one request: the median of the rounds, and the range of their middle half."""

    median: float
    spread: float  # relative to the median

    @classmethod
    def of(cls, counted: list[float]) -> "Figure":
        low, middle, high = (
            quantiles(counted, n=4) if len(counted) > 2 else (min(counted), median(counted), max(counted))
        )
        return cls(middle, (high - low) / max(1, middle))


def counter_of_instructions() -> str | None:
    """Return the name of a counter of instructions that works on this machine."""
    try:
        Perf()
    except OSError:
        return "callgrind" if which("valgrind") else None
    return "perf"


def compare(cast: Path, instrument: str, names: list[str]) -> dict[str, Figure]:
    with stage(cast, instrument) as ask:
        calls = {name: _calls_in_a_moment(ask, name, MOMENT[instrument]) for name in names}
        counted: dict[str, list[float]] = {name: [] for name in names}
        for _ in range(ROUNDS[instrument]):
            for name in names:
                counted[name].append(ask(name, calls[name]))
    return {name: Figure.of(each) for name, each in counted.items()}


def _calls_in_a_moment(ask: Ask, name: str, moment: float) -> int:
    ask(name, WARM_UP)
    return max(1, min(MOST_CALLS, int(moment / max(1, ask(name, 2)))))


@contextmanager
def stage(cast: Path, instrument: str) -> Iterator[Ask]:
    with TemporaryDirectory() as folder:
        files = Path(folder, "callgrind")
        under = Callgrind.command(files) if instrument == "callgrind" else []
        command = [*under, sys.executable, "-m", "tests.benchmarks.setup", str(cast), instrument]
        with subprocess.Popen(
            [*command, str(files)] if under else command,
            env=os.environ | {"PYTHONHASHSEED": "0"} | (UNDER_CALLGRIND if under else {}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as process:
            yield lambda name, times: _ask(process, name, times)
            assert process.stdin
            process.stdin.close()


def _ask(process: "subprocess.Popen[str]", name: str, times: int) -> float:
    assert process.stdin
    assert process.stdout
    process.stdin.write(f"{times} {name}\n")
    process.stdin.flush()
    answer = process.stdout.readline()
    if not answer:
        raise RuntimeError(f"The process ended in the middle of: {name}")
    return float(answer)
