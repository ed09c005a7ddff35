"""Positions and margin in the field names, units and nulls of Orderly's API."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from perptools.trading.decimals import ZERO, divide
from perptools.trading.models import Position
from perptools.trading.paper import margin
from perptools.trading.paper.margin import Margin
from perptools.trading.paper.portfolio import Portfolio
from perptools.trading.statistics import Day
from perptools.trading.timestamps import ms


def position_row(position: Position, portfolio: Portfolio, total: Margin, day: Day) -> dict[str, Any]:
    """Return a position, with its account's margin and its last 24 hours."""
    market, leverage = position.market, portfolio.balance.leverage
    with_orders = margin.notional_with_orders(position)
    return {
        "symbol": market.symbol,
        "position_qty": position.quantity,
        "cost_position": position.cost,
        "average_open_price": position.average_open_price,
        "settle_price": position.average_open_price,  # PnL is settled with every fill
        "mark_price": market.mark_price,
        "unsettled_pnl": position.unsettled_pnl,
        "pnl_24_h": day.realized_pnl,
        "fee_24_h": day.fee,
        "pending_long_qty": position.pending_long,
        "pending_short_qty": position.pending_short,
        "est_liq_price": margin.liquidation_price(position, total),
        "leverage": leverage,
        "margin_mode": "CROSS",
        "margin": margin.initial_margin(market, leverage, position.notional),
        "imr": margin.initial_rate(market, leverage, position.notional),
        "mmr": margin.maintenance_rate(market, position.notional),
        "IMR_withdraw_orders": margin.initial_rate(market, leverage, with_orders),
        "MMR_with_orders": margin.maintenance_rate(market, with_orders),
        "last_sum_unitary_funding": market.sum_unitary_funding,  # every funding is charged when it is held
        "accrued_funding_fee": 0,
        "seq": 0,
        "timestamp": ms(position.updated_at),
        "updated_time": ms(position.updated_at),
    }


def account_totals(portfolio: Portfolio, total: Margin, days: Iterable[Day]) -> dict[str, Any]:
    """Return the account's margin, as shown beside its positions. Without notional, ratios are null."""
    return {
        "total_collateral_value": total.collateral,
        "account_value": total.collateral,
        "free_collateral": max(total.free, ZERO),
        "total_pnl_24_h": sum((day.realized_pnl for day in days), ZERO),
        "leverage": portfolio.balance.leverage,
        "margin_ratio": _ratio(total.collateral, total.notional),
        "open_margin_ratio": _ratio(total.collateral, total.notional),
        "current_margin_ratio_with_orders": _ratio(total.collateral, total.notional_with_orders),
        "initial_margin_ratio": _ratio(_without_orders(portfolio), total.notional),
        "initial_margin_ratio_with_orders": _ratio(total.initial, total.notional_with_orders),
        "maintenance_margin_ratio": _ratio(total.maintenance, total.notional),
        "maintenance_margin_ratio_with_orders": _ratio(_maintenance_with_orders(portfolio), total.notional_with_orders),
    }


def _ratio(amount: Decimal, notional: Decimal) -> Decimal | None:
    return divide(amount, notional) if notional else None


def _without_orders(portfolio: Portfolio) -> Decimal:
    leverage, positions = portfolio.balance.leverage, portfolio.positions.values()
    return sum((margin.initial_margin(each.market, leverage, each.notional) for each in positions), ZERO)


def _maintenance_with_orders(portfolio: Portfolio) -> Decimal:
    notionals = ((each.market, margin.notional_with_orders(each)) for each in portfolio.positions.values())
    return sum((margin.maintenance_margin(market, notional) for market, notional in notionals), ZERO)
