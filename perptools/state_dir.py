"""The server's own secrets and state: one directory, readable by nobody else (no Django)."""

import fcntl
import os
import secrets
from pathlib import Path
from typing import TextIO


def directory(path: Path) -> Path:
    """Make the state directory on first start, for its owner only. Ends the process where that cannot be done."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SystemExit(
            f"Cannot make the state directory {path} ({error.strerror}). "
            "Make its parent writable, or name another place with STATE_DIR."
        ) from None
    return path


def secret_key(path: Path) -> str:
    """Read the secret key, or make one. Processes that start at once agree on the first one written."""
    try:
        with open(path, "a+", opener=_private) as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # released with the file: nobody reads a key that is half there
            file.seek(0)
            return file.read() or _write_new(file)
    except OSError as error:
        raise SystemExit(
            f"Cannot read or write {path} ({error.strerror}). Mend its permissions, or set SECRET_KEY."
        ) from None


def _write_new(file: TextIO) -> str:
    key = secrets.token_urlsafe(50)
    file.write(key)
    return key


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
