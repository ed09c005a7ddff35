"""Accounts as clients read them: field names, units and nulls of Orderly's API. Fee rates are basis points."""

from typing import Any

from perptools.trading.models import Balance, FundingPayment, Market, Transfer
from perptools.trading.paper import fees, margin
from perptools.trading.timestamps import ms

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
