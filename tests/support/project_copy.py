"""Copies of the project, and running commands without privileges."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

CLONED = [
    "manage.py",
    "pyproject.toml",
    "requirements.lock",
    "tests/requirements.lock",
    "README.md",
    "LICENSE",
    "perptools",
    "apikeys",
    "templates",
]


def clone(folder: Path) -> Path:
    """Copy the project like a clone, without an environment and state."""
    Path(folder, "tests").mkdir(parents=True)
    for name in [*CLONED, "static"]:
        source = settings.BASE_DIR / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, folder / name)
    return folder


def without_privileges(*command: str) -> list[str]:
    """Run a command as a user whom a read-only folder stops, unlike root."""
    if os.geteuid():
        return list(command)
    stripped = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", *command]
    if not shutil.which("setpriv") or subprocess.run([*stripped[:3], "true"], capture_output=True).returncode:
        pytest.skip("root cannot give up its rights here")
    return stripped
