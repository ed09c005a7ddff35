"""Worked examples of Orderly's formulas."""

from decimal import Decimal

import pytest

from perptools.trading import margin
from perptools.trading.models import Balance, Market, Position

BITCOIN = Market(
    symbol="PERP_BTC_USDC",
    mark_price=Decimal(100_000),
    base_imr=Decimal("0.02"),
    base_mmr=Decimal("0.01"),
    imr_factor=Decimal("0.0000002512"),
)


def long(quantity: str, price: str, **pending: Decimal) -> Position:
    size = Decimal(quantity)
    return Position(market=BITCOIN, quantity=size, cost=size * Decimal(price), **pending)


@pytest.mark.parametrize(
    ("leverage", "notional", "rate"),
    [
        (10, "1000", "0.1"),  # the account's leverage
        (50, "1000", "0.02"),  # the market's base rate
        (50, "10000000", "0.10000452"),  # the size: 0.0000002512 × 10,000,000^0.8
    ],
)
def test_initial_margin_is_the_largest_of_three_rates(leverage: int, notional: str, rate: str) -> None:
    assert margin.initial_rate(BITCOIN, leverage, Decimal(notional)) == Decimal(rate)


@pytest.mark.parametrize(("notional", "rate"), [("1000", "0.01"), ("10000000", "0.05000226")])
def test_maintenance_margin_grows_with_size(notional: str, rate: str) -> None:
    assert margin.maintenance_rate(BITCOIN, Decimal(notional)) == Decimal(rate)


@pytest.mark.parametrize(
    ("pending", "notional"),
    [({}, 100_000), ({"pending_long": Decimal(1)}, 200_000), ({"pending_short": Decimal(3)}, 200_000)],
)
def test_orders_count_on_the_side_where_they_add_most(pending: dict[str, Decimal], notional: int) -> None:
    assert margin.notional_with_orders(long("1", "100000", **pending)) == notional


def test_free_collateral_is_what_initial_margin_leaves() -> None:
    total = margin.of(Balance(holding=Decimal(20_000), leverage=10), [long("1", "99000")])
    assert (total.collateral, total.initial, total.maintenance, total.free) == (21_000, 10_000, 1_000, 11_000)


def test_at_its_liquidation_price_an_account_has_just_its_maintenance_margin() -> None:
    balance, position = Balance(holding=Decimal(20_000), leverage=10), long("1", "100000")
    price = margin.liquidation_price(position, margin.of(balance, [position]))
    assert price is not None
    moved = Market(mark_price=price, base_imr=Decimal("0.02"), base_mmr=Decimal("0.01"), imr_factor=BITCOIN.imr_factor)
    position.market = moved
    total = margin.of(balance, [position])
    assert abs(total.collateral - total.maintenance) < Decimal("0.0001")


def test_a_flat_position_has_no_liquidation_price() -> None:
    position = long("0", "0")
    assert margin.liquidation_price(position, margin.of(Balance(holding=Decimal(1)), [position])) is None
