"""A PostgreSQL server that tests can kill, apart from the one that others use."""

import glob
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
from django.db import connection

from tests.support.servers import children

DATABASE = "faults"
USER = "postgres"
GONE_SECONDS = 60
SETTINGS = "-c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=60 -c port={port}"


def binaries() -> Path | None:
    """Find PostgreSQL's programs, on the PATH or where Debian installs them."""
    places = [*glob.glob("/usr/lib/postgresql/*/bin"), *os.environ.get("PATH", "").split(os.pathsep)]
    return next((Path(place) for place in places if os.access(Path(place, "initdb"), os.X_OK)), None)


class Cluster:
    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self._folder = Path(tempfile.mkdtemp(prefix="perptools-faults-"))
        self._data = self._folder / "data"
        self.port = free_port()
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(self._folder, USER)
        self._run("initdb", "--auth=trust", f"--username={USER}", "--no-sync")
        self.start()
        self.tell(f"CREATE DATABASE {DATABASE}", database="postgres")

    def start(self) -> None:
        options = SETTINGS.format(port=self.port)
        self._run("pg_ctl", "--wait", "--silent", f"--log={self._folder / 'log'}", f"--options={options}", "start")

    def stop(self) -> None:
        """Stop it immediately, like a power cut."""
        self._run("pg_ctl", "--wait", "--silent", "--mode=immediate", "stop")

    def kill(self) -> None:
        """Kill all its processes with SIGKILL."""
        for process in (main := self._main_process(), *children(main)):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        deadline = time.monotonic() + GONE_SECONDS
        while Path(f"/proc/{main}").exists() and time.monotonic() < deadline:
            time.sleep(0.01)

    def kill_a_session(self) -> None:
        """Kill one backend with SIGKILL, after which PostgreSQL ends all sessions and recovers."""
        others = "backend_type = 'client backend' AND pid <> pg_backend_pid()"
        [process] = self.ask(f"SELECT pid FROM pg_stat_activity WHERE {others} ORDER BY random()")
        os.kill(process, signal.SIGKILL)

    def refuse_writes(self, reject: bool) -> None:
        """Make it read-only for current and future connections, or writable again."""
        self.tell(
            f"ALTER DATABASE {DATABASE} SET default_transaction_read_only = {'on' if reject else 'off'}", "postgres"
        )
        if reject:
            self.tell("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'faults'", "postgres")

    def tell(self, statement: str, database: str = DATABASE) -> None:
        with psycopg.connect(self.url(database), autocommit=True) as session:
            session.execute(statement)

    def ask(self, question: str) -> list[int]:
        with psycopg.connect(self.url(DATABASE), autocommit=True) as session:
            return list(session.execute(f"{question} LIMIT 1").fetchone() or [])

    def url(self, database: str) -> str:
        return f"postgres://{USER}@127.0.0.1:{self.port}/{database}"

    def remove(self) -> None:
        with suppress(subprocess.CalledProcessError):
            self.stop()
        shutil.rmtree(self._folder)

    @contextmanager
    def as_django_s_own(self) -> Iterator[None]:
        """Make the tests, and the servers they start, use this cluster."""
        before = dict(connection.settings_dict)
        connection.close()
        here = {"HOST": "127.0.0.1", "PORT": str(self.port), "USER": USER, "PASSWORD": "", "NAME": DATABASE}
        connection.settings_dict.update(here)
        try:
            yield
        finally:
            connection.close()
            connection.settings_dict.update(before)

    def _main_process(self) -> int:
        return int(Path(self._data, "postmaster.pid").read_text().split()[0])

    def _run(self, program: str, *arguments: str) -> None:
        user = USER if os.geteuid() == 0 else None
        command = [str(self._programs / program), "-D", str(self._data), *arguments]
        subprocess.run(command, check=True, user=user, cwd=self._folder, stdout=subprocess.DEVNULL)


def free_port() -> int:
    """Find a port that no outgoing connection will take before the server opens it."""
    for port in random.sample(range(20_000, 32_000), 100):  # Linux uses 32768 to 60999 for those
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise OSError("No port is free.")
