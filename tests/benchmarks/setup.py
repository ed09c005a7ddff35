"""The measured process: `python -m tests.benchmarks.setup CAST INSTRUMENT [CALLGRIND'S FILES]`.

Each line of its input is a contender and a number of requests; each line of its output is the count for one of them.
"""

import gc
import sys
from pathlib import Path

import django

django.setup()

from tests.benchmarks.counters import INSTRUMENTS, Instrument
from tests.benchmarks.fixtures import Cast
from tests.benchmarks.peers_under_test import contenders


def perform(cast: Cast, instrument: Instrument) -> None:
    answering = {contender.name: contender for contender in contenders(cast)}
    gc.freeze()  # objects from the start needn't be scanned again and again
    for line in sys.stdin:
        times, _, name = line.strip().partition(" ")
        requests = answering[name].requests(int(times))
        gc.collect()
        instrument.start()
        answering[name].answer(requests)
        print(instrument.stop() / len(requests), flush=True)  # noqa: T201


if __name__ == "__main__":
    file, name, *more = sys.argv[1:]
    perform(Cast.read(Path(file)), INSTRUMENTS[name](*more))
