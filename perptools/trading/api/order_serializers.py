"""Orders and trades in the field names, units and nulls of Orderly's API."""

from typing import Any

from apikeys.http.errors import ApiError
from perptools.trading.models import Fill, Order
from perptools.trading.timestamps import ms


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
        "amount": None,  # clients subtract the executed quantity from any value
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
    """Return an accepted order. Clients see its fills by requesting the order, or in our additional fields.

    It has no `success`, which only rejected rows of a batch have: ccxt would take it for the status, and every order
    for open.
    """
    return {
        "order_id": order.pk,
        "client_order_id": order.client_order_id or None,
        "order_type": order.type,
        "order_price": order.price,
        "order_quantity": order.quantity,
        "order_amount": order.amount,
        "error_message": "none",
        "symbol": order.market.symbol,
        "side": order.side,
        "status": order.status,
        "executed": order.executed_quantity,
        "reduce_only": order.reduce_only,
    }


def refused_row(asked: dict[str, Any], rejection: ApiError) -> dict[str, Any]:
    """Return a rejected order of a batch. It has no ID."""
    return {
        "client_order_id": asked.get("client_order_id"),
        "order_type": asked.get("order_type"),
        "order_price": asked.get("order_price"),
        "order_quantity": asked.get("order_quantity"),
        "order_amount": asked.get("order_amount"),
        "error_message": rejection.text,
        "error_code": rejection.code,
        "success": False,
        "symbol": asked.get("symbol"),
        "side": asked.get("side"),
        "reason": rejection.reason,
        **rejection.details,
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
