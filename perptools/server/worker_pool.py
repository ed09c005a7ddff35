"""How the workers of a server share its cores and connections.

The threads of a Python process take turns. Spread over cores, they hand each turn from core to core and serve less than
half as many requests as on one core. So if there is a worker for each core, each stays on its own.

The fastest worker accepts a new connection, and often all connections of a burst. So a worker with more connections
than another one waits a moment before it accepts.
"""

import mmap
import os
import time
from collections.abc import Iterable
from contextlib import suppress

MOST_WORKERS = 256
PAUSE_SECONDS = 0.001  # seconds
NOBODY = 0xFFFFFFFF

_connections = memoryview(mmap.mmap(-1, 4 * MOST_WORKERS)).cast("I")  # by slot, in memory that all workers share
for _slot in range(MOST_WORKERS):
    _connections[_slot] = NOBODY


def free_slot(taken: Iterable[int]) -> int:
    """Return the first free slot: a worker that replaces another one gets its core."""
    return min(set(range(MOST_WORKERS)).difference(taken))


def keep_to_one_core(slot: int, workers: int) -> None:
    """Pin this process and all its threads to the core of its slot.

    It isn't pinned if there are more cores than workers, because other servers on the machine would use the same few
    cores, nor if the system doesn't allow it, as on macOS: pinning is worth a lot, but nothing depends on it.
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
        time.sleep(PAUSE_SECONDS)
