"""Every account has paper funds from the moment it exists."""

from typing import Any

from apikeys.models import Account
from perptools.trading import ledger


def open_account(instance: Account, created: bool, raw: bool = False, **kwargs: Any) -> None:
    if created and not raw:
        ledger.open_account(instance)
