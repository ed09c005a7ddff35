"""The margin that an account's positions and open orders require, by Orderly's formulas.

IMR_i = max(1 / account leverage, base_imr, imr_factor × |notional|^0.8)
MMR_i = max(base_mmr, base_mmr / base_imr × imr_factor × |notional|^0.8)
notional with orders = mark price × max(|position + open buys|, |position − open sells|)
total collateral = holding + unsettled PnL;  free collateral = total collateral − Σ notional with orders × IMR_i

Source: Orderly's documentation, Perpetual futures, "Formulas and definitions".
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from perptools.trading.decimals import ZERO, divide, rounded, times
from perptools.trading.models import MOST_LEVERAGE, Balance, Market, Position

POWER = Decimal("0.8")
_SHARE = [ZERO, *(divide(Decimal(1), Decimal(leverage)) for leverage in range(1, MOST_LEVERAGE + 1))]


@dataclass(slots=True)
class Margin:
    """An account's margin in USDC, for its positions, with and without its open orders."""

    collateral: Decimal
    notional: Decimal = ZERO
    notional_with_orders: Decimal = ZERO
    initial: Decimal = ZERO  # with open orders
    maintenance: Decimal = ZERO  # of positions only, because orders never cause a liquidation

    @property
    def free(self) -> Decimal:
        """The collateral left for new orders; negative if there is less than required."""
        return self.collateral - self.initial

    @property
    def is_below_maintenance(self) -> bool:
        return bool(self.notional) and self.collateral < self.maintenance


def calculate(balance: Balance, positions: Iterable[Position]) -> Margin:
    """Return an account's margin at the current mark prices. The positions must be read with their markets."""
    margin = Margin(balance.holding)
    for position in positions:
        market, worth = position.market, position.worth
        notional = abs(worth)
        with_orders = notional_with_orders(position) if position.pending_long or position.pending_short else notional
        margin.collateral += worth - position.cost
        margin.notional += notional
        margin.notional_with_orders += with_orders
        margin.initial += initial_margin(market, balance.leverage, with_orders)
        margin.maintenance += maintenance_margin(market, notional)
    return margin


def notional_with_orders(position: Position) -> Decimal:
    long, short = position.quantity + position.pending_long, position.quantity - position.pending_short
    return times(max(abs(long), abs(short)), position.market.mark_price)


def initial_margin(market: Market, leverage: int, notional: Decimal) -> Decimal:
    return times(notional, initial_rate(market, leverage, notional))


def maintenance_margin(market: Market, notional: Decimal) -> Decimal:
    return times(notional, maintenance_rate(market, notional))


def initial_rate(market: Market, leverage: int, notional: Decimal) -> Decimal:
    return _rate(max(_SHARE[leverage], market.base_imr), market.imr_factor, notional)


def maintenance_rate(market: Market, notional: Decimal) -> Decimal:
    return _rate(market.base_mmr, market.base_mmr / market.base_imr * market.imr_factor, notional)


def most_notional(market: Market, leverage: int) -> Decimal:
    """Return the notional up to which a position can have this leverage."""
    return rounded((1 / (leverage * market.imr_factor)) ** (1 / POWER))


def liquidation_price(position: Position, margin: Margin) -> Decimal | None:
    """Return the mark price at which the account would reach its maintenance margin, if no other price changed."""
    if not position.quantity:
        return None
    rate = maintenance_rate(position.market, position.notional)
    slope = abs(position.quantity) * rate - position.quantity
    if not slope:
        return None
    return max(ZERO, rounded(position.market.mark_price + (margin.collateral - margin.maintenance) / slope))


def _rate(least: Decimal, factor: Decimal, notional: Decimal) -> Decimal:
    if not factor or notional <= _within(least, factor):
        return least
    return max(least, rounded(factor * notional**POWER))


@lru_cache(maxsize=1024)
def _within(least: Decimal, factor: Decimal) -> Decimal:
    """Return the notional up to which the minimum rate applies. (A power costs more than all the rest of an order.)"""
    return (least / factor) ** (1 / POWER)
