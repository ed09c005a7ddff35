"""Restore a backup repeatedly, and kill the process at one step after another. A program of its own:

    python -m tests.faults.restore_killer STATE BACKUP FOLDER MOST

STATE is the folder of an installation. Each attempt gets a copy of it, FOLDER/<number>, and its own process, which is
killed just before a system call or an SQL statement: before MOST of them, and before every one that touches a file.
Prints one line for each step that was reached.
"""

import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import django
from django.db import connection

FILES = {"posix.open", "posix.link", "posix.replace", "posix.unlink", "posix.fsync", "connect", "backup"}
STATEMENTS = {"execute", "executemany", "executescript", "commit", "close"}


def main() -> None:
    state, backup, folder, most = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])
    django.setup()
    connection.close()
    steps = rehearse(state, backup, folder / "rehearsal")
    statements = [number for number, step in enumerate(steps) if step in STATEMENTS]
    stride = max(1, len(statements) // most)
    chosen = sorted({number for number, step in enumerate(steps) if step in FILES} | set(statements[::stride]))
    for number in chosen:
        if not killed(state, backup, folder / str(number), number):
            sys.exit(f"Step {number}, {steps[number]}, was not reached.")
        print(number, steps[number])  # noqa: T201


def rehearse(state: Path, backup: Path, target: Path) -> list[str]:
    """Restore once to the end, and return the steps."""
    read, write = os.pipe()
    if not os.fork():
        steps: list[str] = []
        restore(state, backup, target, steps.append)
        os.write(write, " ".join(steps).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        steps_done = pipe.read().split()
    _, status = os.wait()
    if status:
        sys.exit("The rehearsal failed.")
    return steps_done


def killed(state: Path, backup: Path, target: Path, at: int) -> bool:
    if not os.fork():
        left = iter(range(at, -1, -1))

        def count(step: str) -> None:
            if not next(left):
                os.kill(os.getpid(), signal.SIGKILL)

        restore(state, backup, target, count)
        os._exit(0)
    _, status = os.wait()
    return os.WIFSIGNALED(status)


def restore(state: Path, backup: Path, target: Path, step: Callable[[str], None]) -> None:
    from perptools import restoring

    shutil.copytree(state, target)
    connection.settings_dict["NAME"] = str(target / "db.sqlite3")

    def watch(frame: FrameType, event: str, called: Any) -> None:
        if event == "c_call":
            name = f"posix.{called.__name__}" if called.__module__ == "posix" else called.__name__
            if name in FILES | STATEMENTS:
                step(name)

    sys.setprofile(watch)
    restoring.restore(backup, keep_keys_running=False, write=lambda line: None)
    sys.setprofile(None)


if __name__ == "__main__":
    main()
