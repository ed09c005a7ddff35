"""The rules for orders, with Orderly's codes: documentation, "Get order rules per symbol" and "Create order"."""

from dataclasses import replace
from decimal import Decimal

from apikeys.http.errors import ApiError, BadParameter
from perptools.trading.decimals import PLACES, floor_to, is_whole, rounded, times
from perptools.trading.errors import (
    MarketHalted,
    OrderValueTooSmall,
    PriceNotAllowed,
    PriceTooFar,
    QuantityNotAllowed,
    ReduceOnlyRejected,
)
from perptools.trading.models import Market, MarketStatus, Order, OrderType, Position, Side
from perptools.trading.paper import row_writer
from perptools.trading.paper.order_book import Book, quantity_for
from perptools.trading.paper.order_requests import OrderRequest


def priced(order_request: OrderRequest, market: Market, book: Book) -> OrderRequest:
    """Set the price of an ASK or BID, and the quantity of an order by amount, from the current book."""
    if order_request.type in (OrderType.ASK, OrderType.BID):
        side = Side.SELL if order_request.type is OrderType.ASK else Side.BUY
        price = book.price(side, order_request.level)
        if price is None:
            raise BadParameter("level: the book has no such level.", field="level")
        order_request = replace(order_request, price=price)
    if order_request.amount is not None:
        order_request = replace(order_request, quantity=_quantity_of(order_request, market, book))
    return order_request


def _quantity_of(order_request: OrderRequest, market: Market, book: Book) -> Decimal:
    amount = order_request.amount
    assert amount is not None  # noqa: S101 (for the type checker)
    if amount <= 0 or amount > market.base_max * market.quote_max:
        raise BadParameter("order_amount must be a positive number within the market's limits.", field="order_amount")
    if amount != rounded(amount):
        raise BadParameter(f"order_amount: more than {PLACES} decimal places.", field="order_amount")
    if order_request.price is not None:
        quantity = floor_to(amount / order_request.price, market.base_tick)
    else:
        quantity = quantity_for(book.against(order_request.side), amount, market.base_tick)
    if quantity < market.base_min:
        raise OrderValueTooSmall("order_amount is too small for the market's least quantity.", field="order_amount")
    return quantity


def check(order_request: OrderRequest, market: Market, position: Position) -> Decimal:
    """Raise an ApiError if a priced order request breaks a rule. Returns the quantity that can be ordered."""
    quantity = order_request.quantity
    if quantity is None:
        raise BadParameter("order_quantity: it is required.", field="order_quantity")
    check_market(order_request, market)
    if order_request.price is not None:
        check_price(order_request.price, market)
        check_price_band(order_request.price, order_request.side, market)
    check_quantity(quantity, market)
    check_visible(order_request.visible_quantity, quantity, market)
    if order_request.reduce_only:
        check_reduces(order_request.side, position)
        return min(quantity, position.reducible_by(order_request.side))
    check_value(quantity, order_request.price or market.mark_price, market)
    return quantity


def order(order_request: OrderRequest, account_pk: int, market: Market, quantity: Decimal) -> Order:
    """Return the order for a checked request. By default, all of it is visible."""
    visible = quantity if order_request.visible_quantity is None else min(order_request.visible_quantity, quantity)
    return row_writer.new(
        Order,
        account_id=account_pk,
        market=market,
        client_order_id=order_request.client_order_id,
        type=order_request.type,
        side=order_request.side,
        price=order_request.price,
        quantity=quantity,
        amount=order_request.amount,
        visible_quantity=visible,
        reduce_only=order_request.reduce_only,
        tag=order_request.tag,
    )


def check_market(order_request: OrderRequest, market: Market) -> None:
    if market.status == MarketStatus.HALTED:
        raise MarketHalted(field="symbol")
    if market.status == MarketStatus.REDUCE_ONLY and not order_request.reduce_only:
        raise MarketHalted("This market only takes reduce-only orders now.", field="reduce_only")


def check_price(price: Decimal, market: Market) -> None:
    _check_range("order_price", price, market.quote_min, market.quote_max, market.quote_tick, PriceNotAllowed)


def _check_range(
    field: str, value: Decimal, least: Decimal, most: Decimal, step: Decimal, error: type[ApiError]
) -> None:
    if value <= 0:
        raise BadParameter(f"{field} must be a positive number.", field=field)
    if not least <= value <= most:
        raise error(f"{field} must be between {least:f} and {most:f}.", field=field)
    if not is_whole(value - least, step):
        raise error(f"{field} must be in steps of {step:f}.", field=field)


def check_price_band(price: Decimal, side: Side, market: Market) -> None:
    """Check that a price is at most price_range worse and price_scope better than the mark."""
    above, below = (
        (market.price_range, market.price_scope) if side is Side.BUY else (market.price_scope, market.price_range)
    )
    lowest, highest = times(market.mark_price, 1 - below), times(market.mark_price, 1 + above)
    if not lowest <= price <= highest:
        raise PriceTooFar(
            f"order_price must be between {lowest:f} and {highest:f} for a {side} at the mark price of "
            f"{market.mark_price:f}.",
            field="order_price",
        )


def check_quantity(quantity: Decimal, market: Market) -> None:
    _check_range("order_quantity", quantity, market.base_min, market.base_max, market.base_tick, QuantityNotAllowed)


def check_visible(visible: Decimal | None, quantity: Decimal, market: Market) -> None:
    """Check an iceberg order's visible quantity; 0 hides all. (Nobody sees orders here, but mistakes should show.)"""
    if visible is None:
        return
    if not 0 <= visible <= quantity or not is_whole(visible, market.base_tick):
        raise QuantityNotAllowed(
            f"visible_quantity must be between 0 and {quantity:f}, in steps of {market.base_tick:f}.",
            field="visible_quantity",
        )


def check_value(quantity: Decimal, price: Decimal, market: Market) -> None:
    value = times(quantity, price)
    if value < market.min_notional:
        raise OrderValueTooSmall(
            f"The order's value of {value:f} USDC is below the market's minimum of {market.min_notional:f}.",
            field="order_quantity",
        )


def check_reduces(side: Side, position: Position) -> None:
    if not position.reducible_by(side):
        raise ReduceOnlyRejected(field="reduce_only")
