"""Count requests as the product does, at any time and from anywhere."""

from datetime import datetime

import time_machine

from apikeys.models import ApiKey
from apikeys.usage import buckets
from apikeys.usage import recorder as usage_recorder


def use(
    key: ApiKey,
    at: datetime,
    *,
    address: str = "203.0.113.9",
    client: str = "ccxt/4.5.64",
    required: str = "read",
    outcome: str = buckets.ACCEPTED,
    calls: int = 1,
) -> None:
    """Count requests of a key at a time. `usage.flush()` writes them."""
    with time_machine.travel(at, tick=False):
        for _ in range(calls):
            usage_recorder.count(key.pk, address=address, user_agent=client, required=required, outcome=outcome)
