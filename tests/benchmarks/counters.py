"""Counters of the work that code does: processor time and, where possible, instructions."""

import ctypes
import os
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from django.db import connection

PERF_EVENT_OPEN = 298  # x86-64
EXCLUDE_KERNEL_AND_HYPERVISOR = (1 << 5) | (1 << 6)


class Instrument(Protocol):
    def start(self) -> None: ...

    def stop(self) -> int:
        """Return the count since `start`."""


class ProcessorTime:
    """Nanoseconds of this thread, in user and kernel mode."""

    def start(self) -> None:
        self.started = time.thread_time_ns()

    def stop(self) -> int:
        return time.thread_time_ns() - self.started


class Perf:
    """Instructions of this thread in user mode, counted by the processor. Raises OSError if it can't."""

    def __init__(self) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        attributes = bytearray(128)
        struct.pack_into("=IIQ", attributes, 0, 0, len(attributes), 1)  # hardware event: instructions
        struct.pack_into("=Q", attributes, 40, EXCLUDE_KERNEL_AND_HYPERVISOR)
        buffer = (ctypes.c_char * len(attributes)).from_buffer(attributes)
        self.counter = libc.syscall(PERF_EVENT_OPEN, buffer, 0, -1, -1, 0)
        if self.counter < 0:
            raise OSError(ctypes.get_errno(), "The processor's counters are out of reach")

    def start(self) -> None:
        self.started = self._read()

    def stop(self) -> int:
        return self._read() - self.started

    def _read(self) -> int:
        return int(struct.unpack("=Q", os.read(self.counter, 8))[0])


class ServerTime:
    """Nanoseconds of the PostgreSQL process of this connection. It must run on this machine."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            self.statistics = Path(f"/proc/{cursor.fetchone()[0]}/schedstat")

    def start(self) -> None:
        self.started = self._read()

    def stop(self) -> int:
        return self._read() - self.started

    def _read(self) -> int:
        return int(self.statistics.read_text().split()[0])


class Callgrind:
    """Instructions of this process in user mode, counted by valgrind, under which it must run.

    `command` makes valgrind write and reset its count whenever getloadavg is called, which nothing else does.
    """

    def __init__(self, prefix: str) -> None:
        self.prefix = Path(prefix)

    @staticmethod
    def command(prefix: Path) -> list[str]:
        return ["valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={prefix}", "--dump-before=getloadavg"]

    def start(self) -> None:
        os.getloadavg()

    def stop(self) -> int:
        os.getloadavg()
        dumps = sorted(self.prefix.parent.glob(f"{self.prefix.name}.*"), key=lambda dump: int(dump.suffix[1:]))
        with dumps[-1].open("rb") as dump:
            dump.seek(-200, os.SEEK_END)  # reading megabytes is slow under valgrind
            lines = dump.read().decode().splitlines()
        for each in dumps:
            each.unlink()
        return next(int(line.split()[1]) for line in lines if line.startswith("totals:"))


INSTRUMENTS: dict[str, Callable[..., Instrument]] = {
    "time": ProcessorTime,
    "perf": Perf,
    "server": ServerTime,
    "callgrind": Callgrind,
}
