"""Unmodified ccxt with another base URL."""

from collections.abc import Callable
from typing import Any

from apikeys.models import Account
from tests.support.factories import BOTH, make_key
from tests.support.servers import Server

BTC, ETH = "BTC/USDC:USDC", "ETH/USDC:USDC"
LIMIT = {"symbol": BTC, "type": "limit", "side": "buy", "amount": 0.01, "price": 90_000}


def exchange_for(account: Account, server: Server, kind: Callable[[dict[str, Any]], Any], *, may: Any = BOTH) -> Any:
    return kind(config(account, server, may))


def config(account: Account, server: Server, may: Any = BOTH) -> dict[str, Any]:
    """Return the configuration that a trader writes, with a new key."""
    issued = make_key(account, permissions=may)
    return {
        "apiKey": issued.key.public_id,
        "secret": issued.secret,
        "accountId": account.account_id,
        "enableRateLimit": False,
        "urls": {"api": {"public": server.url, "private": server.url}},
    }
