"""Which requests are counted together, and for how long IP addresses are stored exactly."""

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from apikeys.crypto import secret_scanning

EXACT = timedelta(days=30)
ACCEPTED = "accepted"
BUCKET_SECONDS = 600
LONGEST_CLIENT = 64
_PROGRAM = re.compile(r"[A-Za-z0-9._+/ -]+", re.ASCII)


def midnight(now: datetime) -> datetime:
    """Return the start of the day in UTC, because usage is counted in UTC days."""
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def exact_since(now: datetime) -> datetime:
    """Return the moment from which on usage has exact IP addresses."""
    return midnight(now) - EXACT


class Bucket(NamedTuple):
    """Requests that are counted together."""

    key_id: int
    starts_at: int  # seconds since 1970
    address: str
    client: str
    required: str
    outcome: str


class LastUse(NamedTuple):
    at: float
    address: str
    user_agent: str


def client_program(user_agent: str) -> str:
    """Shorten a User-Agent to the program's name and version: `python-requests/2.34.2`. A token is no name."""
    match = _PROGRAM.match(user_agent)
    program = match[0].split(" ")[0] if match else ""
    return "" if secret_scanning.holds_token(program) else program[:LONGEST_CLIENT]
