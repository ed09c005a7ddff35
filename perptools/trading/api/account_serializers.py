"""Accounts in the field names, units and nulls of Orderly's API. Fee rates are basis points."""

from typing import Any

from perptools.trading.account_values import DayValue
from perptools.trading.models import Balance, FundingPayment, Market, Side, Transfer
from perptools.trading.paper import fees, margin
from perptools.trading.paper.liquidation import Liquidation
from perptools.trading.timestamps import ms

CHAIN_ID = "421614"  # that of Orderly's test network


def account_row(account_id: str, balance: Balance, markets: list[Market]) -> dict[str, Any]:
    return {
        "account_id": account_id,
        "email": "",  # keys learn nothing about the person
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
        "frozen": 0,  # orders for perpetuals need margin, but freeze no money
        "isolated_margin": 0,
        "isolated_order_frozen": 0,
        "pending_short": 0,
        "updated_time": ms(balance.updated_at),
    }


def day_row(day: DayValue) -> dict[str, Any]:
    return {
        "date": day.day.isoformat(),
        "account_value": day.value,
        "pnl": day.pnl,
        "perp_volume": day.volume,
        "snapshot_time": ms(day.at),
    }


def liquidation_row(liquidation: Liquidation) -> dict[str, Any]:
    """Return a liquidation. There are no liquidators here, so the insurance fund gets the whole fee."""
    return {
        "liquidation_id": liquidation.orders[0].pk,
        "timestamp": ms(liquidation.at),
        "transfer_amount_to_insurance_fund": liquidation.insured,
        "positions_by_perp": [
            {
                "symbol": order.market.symbol,
                "position_qty": order.quantity if order.side == Side.SELL else -order.quantity,
                "cost_position_transfer": order.executed_value,
                "transfer_price": order.average_price,
                "liquidator_fee": 0,
                "insurance_fund_fee": order.market.std_liquidation_fee,
                "abs_liquidation_fee": order.fee,
            }
            for order in liquidation.orders
        ],
    }


def leverage_row(balance: Balance, symbol: str | None) -> dict[str, Any]:
    return {"symbol": symbol, "margin_mode": "CROSS", "leverage": balance.leverage}


def transfer_row(transfer: Transfer) -> dict[str, Any]:
    """Return a transfer with Orderly's documented names, and those that ccxt reads."""
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
