"""Formatted numbers."""

from decimal import Decimal

import pytest

from perptools.trading import formatting
from perptools.trading.models import Market


@pytest.mark.parametrize(
    ("value", "shown"), [("1234.5", "+1,234.50"), ("-0.004", "0.00"), ("-3.216", "−3.22"), ("0", "0.00")]
)
def test_profit_has_a_sign(value: str, shown: str) -> None:
    assert formatting.signed(Decimal(value)) == shown


@pytest.mark.parametrize(("tick", "shown"), [("0.01", "95,000.10"), ("0.5", "95,000.1"), ("10", "95,000")])
def test_price_has_its_markets_precision(tick: str, shown: str) -> None:
    assert formatting.price(Decimal("95000.1"), Market(quote_tick=Decimal(tick))) == shown
