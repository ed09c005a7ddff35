"""Give every new account its paper funds."""

from typing import Any

from apikeys.models import Account
from perptools.trading.paper import accounts as paper_accounts


def open_account(instance: Account, created: bool, raw: bool = False, **kwargs: Any) -> None:
    if created and not raw:
        paper_accounts.open_account(instance)
