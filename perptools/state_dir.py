"""The state directory: the server's secrets and data, readable by nobody else (no Django)."""

import fcntl
import os
import secrets
from pathlib import Path
from typing import TextIO


def directory(path: Path) -> Path:
    """Create the state directory for its owner only. Exits the process if that fails."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SystemExit(
            f"Cannot make the state directory {path} ({error.strerror}). "
            "Make its parent writable, or name another place with STATE_DIR."
        ) from None
    return path


def secret_key(path: Path) -> str:
    """Read the secret key, or create one. Processes that start at the same time get the same key."""
    try:
        with open(path, "a+", opener=_private) as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # released with the file, so nobody reads half a key
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
