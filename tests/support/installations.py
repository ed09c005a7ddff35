"""An installation of its own beside the test's database: a state directory, and commands that are run for it."""

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
    """Make a state directory with a copy of this test's database. Returns the copy."""
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
