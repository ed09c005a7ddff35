"""Worked examples of Orderly's formulas."""

from decimal import Decimal

import pytest

from perptools.trading.models import Balance, Market, Position
from perptools.trading.paper import margin

BITCOIN = Market(
    symbol="PERP_BTC_USDC",
    mark_price=Decimal(100_000),
    base_imr=Decimal("0.02"),
    base_mmr=Decimal("0.01"),
    imr_factor=Decimal("0.0000002512"),
)


ETHER = Market(
    symbol="PERP_ETH_USDC",
    mark_price=Decimal(3_000),
    base_imr=Decimal("0.02"),
    base_mmr=Decimal("0.01"),
    imr_factor=Decimal("0.0000003170"),
)


def held(quantity: str, price: str, market: Market = BITCOIN, **pending: Decimal) -> Position:
    size = Decimal(quantity)
    return Position(market=market, quantity=size, cost=size * Decimal(price), **pending)


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
    assert margin.notional_with_orders(held("1", "100000", **pending)) == notional


def test_free_collateral_is_the_rest_after_initial_margin() -> None:
    total = margin.calculate(Balance(holding=Decimal(20_000), leverage=10), [held("1", "99000")])
    assert (total.collateral, total.initial, total.maintenance, total.free) == (21_000, 10_000, 1_000, 11_000)


@pytest.mark.parametrize("quantity", ["1", "-1", "0.00001", "-3"])
@pytest.mark.parametrize("others", [[], [("5", "2900")], [("-5", "3300")]])
def test_account_at_its_liquidation_price_has_exactly_its_maintenance_margin(
    quantity: str, others: list[tuple[str, str]]
) -> None:
    balance, position = Balance(holding=Decimal(20_000), leverage=10), held(quantity, "100000")
    all_of_it = [position, *(held(*other, ETHER) for other in others)]
    price = margin.liquidation_price(position, margin.calculate(balance, all_of_it))
    assert price is not None
    position.market = Market(
        mark_price=price, base_imr=BITCOIN.base_imr, base_mmr=BITCOIN.base_mmr, imr_factor=BITCOIN.imr_factor
    )
    total = margin.calculate(balance, all_of_it)
    assert price == 0 or abs(total.collateral - total.maintenance) < Decimal("0.0001")


def test_margin_of_an_account_is_the_sum_over_its_positions() -> None:
    """Long 2 BTC at 98,000, short 5 ETH at 3,300; 20x: 2 × 100,000 / 20 + 5 × 3,000 / 20; 1 % each for maintenance."""
    balance = Balance(holding=Decimal(20_000), leverage=20)
    total = margin.calculate(balance, [held("2", "98000"), held("-5", "3300", ETHER)])
    assert (total.collateral, total.initial, total.maintenance) == (20_000 + 4_000 + 1_500, 10_750, 2_150)


def test_flat_position_has_no_liquidation_price() -> None:
    position = held("0", "0")
    assert margin.liquidation_price(position, margin.calculate(Balance(holding=Decimal(1)), [position])) is None
