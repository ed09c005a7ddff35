"""A trader, and ccxt as they use it."""

from typing import Any

import ccxt
import ccxt.async_support
import pytest

from apikeys.models import Account
from tests.support.ccxt_clients import exchange_for
from tests.support.factories import make_trader
from tests.support.servers import Server


@pytest.fixture
def trader(server: Server) -> Account:
    return make_trader().account


@pytest.fixture(params=["woofipro", "modetrade"])
def exchange(request: pytest.FixtureRequest, server: Server, trader: Account) -> Any:
    return exchange_for(trader, server, getattr(ccxt, request.param))


@pytest.fixture
def woofi(server: Server, trader: Account) -> Any:
    return exchange_for(trader, server, ccxt.woofipro)
