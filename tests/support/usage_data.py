"""Habits of programs, counted as the product counts them: at some time, from somewhere, for something."""

from datetime import datetime

import time_machine

from apikeys import usage
from apikeys.models import ApiKey


def use(
    key: ApiKey,
    at: datetime,
    *,
    address: str = "203.0.113.9",
    client: str = "ccxt/4.5.64",
    need: str = "read",
    outcome: str = usage.ACCEPTED,
    calls: int = 1,
) -> None:
    """Count calls of a key at a moment. They are written with `usage.flush()`."""
    with time_machine.travel(at, tick=False):
        for _ in range(calls):
            usage.count(key.pk, address=address, user_agent=client, need=need, outcome=outcome)
