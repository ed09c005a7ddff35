"""An account's rows as clients read them: field names, units and nulls of Orderly's API. Fee rates are basis points."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from apikeys.errors import ApiError
from perptools.trading import fees, margin
from perptools.trading.amounts import ZERO, divide
from perptools.trading.margin import Margin
from perptools.trading.models import Balance, Fill, FundingPayment, Market, Order, Position, Transfer
from perptools.trading.moments import ms
from perptools.trading.portfolio import Portfolio
from perptools.trading.statistics import Day

CHAIN_ID = "421614"  # paper USDC keeps the ids of Orderly's test network


def account_row(account_id: str, balance: Balance, markets: list[Market]) -> dict[str, Any]:
    return {
        "account_id": account_id,
        "email": "",  # a key learns nothing about the person
        "account_mode": "FUTURES",
        "max_leverage": balance.leverage,
        "taker_fee_rate": fees.TAKER_BPS,
        "maker_fee_rate": fees.MAKER_BPS,
        "futures_taker_fee_rate": fees.TAKER_BPS,
        "futures_maker_fee_rate": fees.MAKER_BPS,
        "maintenance_cancel_orders": balance.cancel_on_maintenance,
        "imr_factor": {market.symbol: market.imr_factor for market in markets},
        "max_notional": {market.symbol: margin.most_notional(market, balance.leverage) for market in markets},
    }


def holding_row(balance: Balance) -> dict[str, Any]:
    return {
        "token": "USDC",
        "holding": balance.holding,
        "frozen": 0,  # perpetual orders take margin, they freeze no money
        "isolated_margin": 0,
        "isolated_order_frozen": 0,
        "pending_short": 0,
        "updated_time": ms(balance.updated_at),
    }


def leverage_row(balance: Balance, symbol: str | None) -> dict[str, Any]:
    return {"symbol": symbol, "margin_mode": "CROSS", "leverage": balance.leverage}


def transfer_row(transfer: Transfer) -> dict[str, Any]:
    """A row with the documented names, and the ones that ccxt reads."""
    return {
        "id": str(transfer.pk),
        "tx_id": f"paper-{transfer.pk}",
        "side": transfer.side,
        "token_side": transfer.side,
        "type": "BALANCE",
        "token": "USDC",
        "amount": transfer.amount,
        "fee": 0,
        "fee_amount": 0,
        "fee_token": "USDC",
        "trans_status": "COMPLETED",
        "status": "COMPLETED",
        "chain_id": CHAIN_ID,
        "description": transfer.get_reason_display(),
        "created_time": ms(transfer.created_at),
        "updated_time": ms(transfer.created_at),
    }


def funding_payment_row(payment: FundingPayment) -> dict[str, Any]:
    return {
        "symbol": payment.market.symbol,
        "funding_rate": payment.rate,
        "mark_price": payment.mark_price,
        "funding_fee": abs(payment.amount),
        "payment_type": "Pay" if payment.amount > 0 else "Receive",
        "status": "Settled",
        "margin_mode": "CROSS",
        "created_time": ms(payment.created_at),
        "updated_time": ms(payment.created_at),
    }


# -- Orders and trades -----------------------------------------------------------------------------------------------


def order_row(order: Order, user_id: int) -> dict[str, Any]:
    return {
        "order_id": order.pk,
        "user_id": user_id,
        "client_order_id": order.client_order_id or None,
        "symbol": order.market.symbol,
        "side": order.side,
        "type": order.type,
        "status": order.status,
        "price": order.price,
        "quantity": order.quantity,
        "amount": None,  # clients subtract the executed quantity from whatever they find here
        "executed": order.executed_quantity,
        "executed_quantity": order.executed_quantity,
        "total_executed_quantity": order.executed_quantity,
        "visible": order.visible_quantity,
        "visible_quantity": order.visible_quantity,
        "average_executed_price": order.average_price,
        "total_fee": order.fee,
        "fee_asset": "USDC",
        "realized_pnl": order.realized_pnl,
        "reduce_only": order.reduce_only,
        "order_tag": order.tag or None,
        "margin_mode": "CROSS",
        "created_time": ms(order.created_at),
        "updated_time": ms(order.updated_at),
    }


def placed_row(order: Order) -> dict[str, Any]:
    """What was accepted; fills are learned by looking the order up, or from the fields that are ours."""
    return {
        "order_id": order.pk,
        "client_order_id": order.client_order_id or None,
        "order_type": order.type,
        "order_price": order.price,
        "order_quantity": order.quantity,
        "order_amount": order.amount,
        "error_message": "none",
        "success": True,
        "symbol": order.market.symbol,
        "side": order.side,
        "status": order.status,
        "executed": order.executed_quantity,
        "reduce_only": order.reduce_only,
    }


def refused_row(asked: dict[str, Any], refusal: ApiError) -> dict[str, Any]:
    """A bad order of a batch. It has no id."""
    return {
        "client_order_id": asked.get("client_order_id"),
        "order_type": asked.get("order_type"),
        "order_price": asked.get("order_price"),
        "order_quantity": asked.get("order_quantity"),
        "order_amount": asked.get("order_amount"),
        "error_message": refusal.text,
        "error_code": refusal.code,
        "success": False,
        "symbol": asked.get("symbol"),
        "side": asked.get("side"),
        "reason": refusal.reason,
        **refusal.details,
    }


def trade_row(fill: Fill) -> dict[str, Any]:
    return {
        "id": fill.pk,
        "match_id": fill.pk,
        "order_id": fill.order_id,
        "symbol": fill.market.symbol,
        "side": fill.side,
        "executed_price": fill.price,
        "executed_quantity": fill.quantity,
        "executed_timestamp": ms(fill.created_at),
        "fee": fill.fee,
        "fee_asset": "USDC",
        "is_maker": int(fill.is_maker),  # ccxt reads a JSON true as taker
        "realized_pnl": fill.realized_pnl,
    }


# -- Positions -------------------------------------------------------------------------------------------------------


def position_row(position: Position, portfolio: Portfolio, total: Margin, day: Day) -> dict[str, Any]:
    """A position, with its account's margin and what it did in the last 24 hours."""
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
    """The account's margin, as it stands beside its positions. Of no notional there is no ratio: null."""
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
