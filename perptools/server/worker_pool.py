"""How the workers of one server share its cores, and the connections of its clients.

The threads of a Python process take turns. Spread over cores they hand each turn from core to core, and answer less
than half of what they answer on one; so where there is a worker for each core, each keeps to one.

The quickest worker takes a new connection, and of a burst often all of them. So a worker that has more of them than
another one leaves that one a moment to be quicker.
"""

import mmap
import os
import time
from collections.abc import Iterable
from contextlib import suppress

MOST_WORKERS = 256
A_MOMENT = 0.001  # seconds
NOBODY = 0xFFFFFFFF

_connections = memoryview(mmap.mmap(-1, 4 * MOST_WORKERS)).cast("I")  # of each slot, in memory that all workers share
for _slot in range(MOST_WORKERS):
    _connections[_slot] = NOBODY


def free_slot(taken: Iterable[int]) -> int:
    """Find the first slot that no worker has: who follows on a worker that has ended takes over its core."""
    return min(set(range(MOST_WORKERS)).difference(taken))


def keep_to_one_core(slot: int, workers: int) -> None:
    """Keep this process, and every thread it will start, to the core of its slot.

    Not where there are more cores than workers: other servers on such a machine would crowd on the same few. Nor where
    nobody may choose, as on macOS: it is worth a lot, and needed for nothing.
    """
    if not hasattr(os, "sched_setaffinity"):
        return
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) <= workers:
        with suppress(OSError):
            os.sched_setaffinity(0, {cores[slot % len(cores)]})


def note(slot: int, connections: int) -> None:
    _connections[slot] = connections


def leave(slot: int) -> None:
    _connections[slot] = NOBODY


def let_others_be_quicker(slot: int) -> None:
    if _connections[slot] > min(_connections):
        time.sleep(A_MOMENT)
