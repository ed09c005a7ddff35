"""A trader on the Portfolio's pages, with a position and an order."""

from decimal import Decimal

import pytest

from apikeys.models import Account
from perptools.trading.market_data import mark_prices
from perptools.trading.market_data.mark_prices import Quote
from perptools.trading.models import Order, Position
from perptools.trading.paper import orders as paper_orders
from tests.perptools.trading.order_requests import buy
from tests.support.browser_client import TraderBrowser

BTC = "PERP_BTC_USDC"


@pytest.fixture
def trader(account: Account) -> TraderBrowser:
    return TraderBrowser(account.user)


@pytest.fixture
def long(account: Account) -> Position:
    """A position of 0.05 BTC with a profit."""
    paper_orders.place(account.pk, buy("0.05"))
    mark_prices.move([Quote(BTC, Decimal(96_000))])
    return Position.objects.get(account=account)


@pytest.fixture
def resting(account: Account) -> Order:
    return paper_orders.place(account.pk, buy("0.01", "90000", tag="grid"))
