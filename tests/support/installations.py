"""A separate installation: a state directory, and commands that run in it."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from django.conf import settings

from perptools import backups


def install(folder: Path) -> Path:
    """Create a state directory with a copy of this test's database. Returns the copy."""
    folder.mkdir(mode=0o700)
    backups.back_up(folder / "db.sqlite3")
    return folder / "db.sqlite3"


def ask(database: Path, question: str, *values: Any) -> list[Any]:
    with closing(sqlite3.connect(database)) as session, session:
        return session.execute(question, values).fetchall()


def manage(folder: Path, *command: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    given = {"STATE_DIR": str(folder), "DATABASE_URL": "", "CACHE_URL": "", "SECRET_KEY": settings.SECRET_KEY}
    return subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=settings.BASE_DIR,
        env=os.environ | given | environment,
        capture_output=True,
        text=True,
    )


class Installation:
    """Backs up the test's database, and later restores it over the database of that later time."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.backup, self.database = folder / "state", folder / "backup", folder / "state" / "db.sqlite3"

    def back_up(self) -> None:
        backups.back_up(self.backup)

    def restore(self, *options: str) -> str:
        if not self.folder.exists():
            install(self.folder)
        done = manage(self.folder, "restore", str(self.backup), *options)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def keys(self) -> dict[str, str]:
        """Return the status of each key, by name."""
        rows = ask(self.database, "SELECT name, revoked_at, paused_at FROM apikeys_apikey")
        return {name: "deleted" if revoked else "paused" if paused else "running" for name, revoked, paused in rows}
