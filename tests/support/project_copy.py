"""Places to start the product in, and people who may not write there."""

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
    """Copy the project as a clone would have it: without an environment, and without state."""
    Path(folder, "tests").mkdir(parents=True)
    for name in [*CLONED, "static"]:
        source = settings.BASE_DIR / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, folder / name)
    return folder


def without_privileges(*command: str) -> list[str]:
    """Run a command as somebody whom a read-only folder stops, as it does not stop root."""
    if os.geteuid():
        return list(command)
    stripped = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", *command]
    if not shutil.which("setpriv") or subprocess.run([*stripped[:3], "true"], capture_output=True).returncode:
        pytest.skip("root cannot give up its rights here")
    return stripped
