"""Warn the operator when a trusted proxy doesn't tell us the client's IP address.

Keys with an IP restriction then reject all requests, and nothing is limited by IP address.
"""

import logging
import os
import time
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

logger = logging.getLogger(__name__)

WARNED_EVERY = timedelta(days=1)
LOOKED_EVERY_SECONDS = 60.0  # at most, by one process, whether a warning is due
LONGEST_SHOWN = 80  # characters

_next_look = 0.0


def warn(proxy: str, forwarded_for: str) -> None:
    """Log that a client is unknown, once a day for all processes on this machine."""
    global _next_look
    if time.monotonic() < _next_look:
        return
    _next_look = time.monotonic() + LOOKED_EVERY_SECONDS
    if not _is_first():
        return
    reason = (
        f"X-Forwarded-For is {forwarded_for[-LONGEST_SHOWN:]!a}" if forwarded_for else "there is no X-Forwarded-For"
    )
    logger.error(
        "The trusted proxy %s doesn't send the client's IP address: %s. So keys with an IP restriction reject all its "
        "requests, and sign-ins aren't limited by IP address. Let the proxy add each client's IP address to "
        "X-Forwarded-For: see perptools/server/README.md.",
        ascii(proxy)[1:-1] or "at the Unix socket",
        reason,
    )


def warned_at() -> datetime | None:
    """Return when the last warning was logged on this machine. None if that is more than a day ago."""
    with suppress(OSError, ValueError, TypeError):  # TypeError: a time without its zone
        at = datetime.fromisoformat(_note().read_text())
        if timezone.now() - at < WARNED_EVERY:
            return at
    return None


def _is_first() -> bool:
    if warned_at():
        return False
    with suppress(OSError):  # another process was quicker, or this one may not write: then each warns once a minute
        _note().unlink(missing_ok=True)
        with open(_note(), "x", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(timezone.now().isoformat())
    return True


def _note() -> Path:
    return Path(settings.STATE_DIR) / "unknown_clients"
