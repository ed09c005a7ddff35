"""The Assets and Fee tier pages."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.conf import settings
from django.utils import timezone

from apikeys.models import Account
from perptools.trading import formatting
from perptools.trading.market_data import mark_prices
from perptools.trading.market_data.mark_prices import Quote
from perptools.trading.models import Balance, Fill, Order, Position
from tests.support.browser_client import TraderBrowser, text

pytestmark = pytest.mark.django_db

BTC = "PERP_BTC_USDC"
HOME = "/portfolio/"


def quantity(account: Account) -> Decimal:
    return Position.objects.get(account=account).quantity


def test_reset_first_says_what_it_will_do(trader: TraderBrowser, long: Position, resting: Order) -> None:
    said = text(trader.htmx_get(f"{HOME}assets/reset/"))
    assert ("1 open order is cancelled" in said, "1 position is closed" in said) == (True, True)


def test_paper_funds_are_reset(trader: TraderBrowser, long: Position, resting: Order) -> None:
    trader.htmx_post(f"{HOME}assets/reset/")
    holding = Balance.objects.get(account=long.account).holding
    assert (holding, quantity(long.account), Order.objects.open().count()) == (settings.PAPER_FUNDS, 0, 0)


def test_viewing_the_reset_changes_nothing(trader: TraderBrowser, long: Position) -> None:
    trader.get(f"{HOME}assets/reset/")
    assert quantity(long.account) == long.quantity


def test_deposits_are_listed(trader: TraderBrowser) -> None:
    assert "Paper funds" in text(trader.get(f"{HOME}assets/"))


def test_funding_is_listed_with_its_sign(trader: TraderBrowser, long: Position) -> None:
    with time_machine.travel(timezone.now() + timedelta(hours=9), tick=False):
        mark_prices.move([Quote(BTC, Decimal(96_000))])
    assert f"BTC-PERP {formatting.MINUS}" in _funding(trader)


def _funding(trader: TraderBrowser) -> str:
    """Return the rows, without their times and prices."""
    said = text(trader.get(f"{HOME}assets/?list=funding")).partition("Received, USDC")[2].split()
    return f"{said[0]} {said[-1]}"


def test_fees_are_shown_in_percent_and_basis_points(trader: TraderBrowser, long: Position) -> None:
    said = text(trader.get(f"{HOME}fee-tier/"))
    volume = Fill.objects.get().value
    assert ("0.050% 5 basis points" in said, f"{volume:,.2f} USDC" in said) == (True, True)
