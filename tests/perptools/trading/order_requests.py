"""Helpers that create requests to the venue."""

from decimal import Decimal
from typing import Any

from perptools.trading.models import OrderType, Side
from perptools.trading.paper.order_requests import OrderRequest


def order_request(side: Side, quantity: str | None, price: str | None = None, **more: Any) -> OrderRequest:
    """Return a market order, or a limit order if there is a price."""
    return OrderRequest(
        symbol=more.pop("symbol", "PERP_BTC_USDC"),
        side=side,
        type=more.pop("type", OrderType.LIMIT if price else OrderType.MARKET),
        quantity=Decimal(quantity) if quantity else None,
        price=Decimal(price) if price else None,
        **more,
    )


def buy(quantity: str | None, price: str | None = None, **more: Any) -> OrderRequest:
    return order_request(Side.BUY, quantity, price, **more)


def sell(quantity: str | None, price: str | None = None, **more: Any) -> OrderRequest:
    return order_request(Side.SELL, quantity, price, **more)
