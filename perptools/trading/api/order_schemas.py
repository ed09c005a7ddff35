"""The bodies of requests that place, change or cancel orders.

Other fields are rejected (`apikeys.http.unknown_fields`): each field here is used, or is known to have no effect, such
as `order_tag` and `margin_mode: "CROSS"`.
"""

from decimal import Decimal
from typing import Annotated, Any, ClassVar

import msgspec
from msgspec import Meta

from apikeys.http.errors import BadParameter
from perptools.trading.api.schema_fields import (
    Id,
    Symbol,
    Tag,
    check_client_order_id,
    check_margin_mode,
    entries,
    whole_number,
)
from perptools.trading.models import OrderType, Side
from perptools.trading.paper.order_requests import Amendment, OrderRequest

WITHOUT_PRICE = (OrderType.MARKET, OrderType.ASK, OrderType.BID)

_NO_ALGO = "stop, take-profit and trailing orders are not served here. Nothing was placed or changed."
# Unsupported fields that clients send, in snake case, and what to send instead.
INSTEAD = {
    **dict.fromkeys(
        (
            "activated_price",
            "algo_order_id",
            "algo_type",
            "callback_rate",
            "callback_value",
            "child_orders",
            "stop_loss",
            "stop_loss_price",
            "stop_price",
            "take_profit",
            "take_profit_price",
            "trailing_amount",
            "trailing_delta",
            "trailing_percent",
            "trailing_trigger_price",
            "trigger_price",
            "trigger_price_type",
        ),
        _NO_ALGO,
    ),
    "post_only": "send order_type POST_ONLY instead.",
    "time_in_force": "send order_type IOC, FOK or POST_ONLY instead.",
    "post_only_adjust": "not served here: a POST_ONLY order that would cross is cancelled.",
    "slippage": "not served here. To bound the price, send order_type IOC with an order_price.",
    "leverage": "set it with POST /v1/client/leverage instead.",
    "amount": "send order_quantity instead, or order_amount for an amount of USDC.",
    "quantity": "send order_quantity instead.",
    "price": "send order_price instead.",
    "type": "send order_type instead.",
    "cost": "send order_amount instead, with a MARKET order.",
}


class OrderFields(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that orders and amendments share."""

    INSTEAD: ClassVar = INSTEAD

    symbol: Symbol
    side: Side
    order_price: Decimal | None = None
    order_quantity: Decimal | None = None
    client_order_id: str | int | None = None
    reduce_only: bool | None = None
    order_tag: Tag | None = None
    margin_mode: str | None = None

    def __post_init__(self) -> None:
        """Convert the client_order_id to text, because some clients send numbers, and check it. Raises BadParameter."""
        if self.client_order_id is not None:
            msgspec.structs.force_setattr(self, "client_order_id", str(self.client_order_id))
            check_client_order_id(str(self.client_order_id))
        check_margin_mode(self.margin_mode)


class PlaceOrder(OrderFields, frozen=True, kw_only=True):
    order_type: OrderType
    order_amount: Decimal | None = None
    visible_quantity: Decimal | None = None
    level: Annotated[int, Meta(ge=0, le=4)] | None = None

    def order_request(self) -> OrderRequest:
        self._check_size()
        priced = self.order_type not in WITHOUT_PRICE
        if priced and self.order_price is None:
            raise BadParameter(f"order_price: a {self.order_type} order needs one.", field="order_price")
        return OrderRequest(
            symbol=self.symbol,
            side=self.side,
            type=self.order_type,
            quantity=self.order_quantity,
            amount=self.order_amount,
            price=self.order_price if priced else None,
            level=self.level or 0,
            visible_quantity=self.visible_quantity,
            client_order_id=str(self.client_order_id or ""),
            reduce_only=bool(self.reduce_only),
            tag=self.order_tag or "",
        )

    def _check_size(self) -> None:
        if self.order_amount is None:
            if self.order_quantity is None:
                raise BadParameter("order_quantity: it is required.", field="order_quantity")
        elif self.order_quantity is not None:
            raise BadParameter("order_amount: give it or order_quantity, not both.", field="order_amount")
        elif self.order_type not in WITHOUT_PRICE:
            raise BadParameter("order_amount: only MARKET, ASK and BID orders can have one.", field="order_amount")
        if self.visible_quantity is not None and self.order_type is not OrderType.LIMIT:
            raise BadParameter("visible_quantity: only LIMIT orders can have one.", field="visible_quantity")


class PlaceOrders(msgspec.Struct, frozen=True):
    """A batch of orders. Each is read by itself, so that a malformed one fails alone."""

    orders: Annotated[list[dict[str, Any]], Meta(min_length=1, max_length=10)]


class AmendOrder(OrderFields, frozen=True, kw_only=True):
    order_id: Id | str  # ccxt sends text
    order_type: OrderType | None = None

    def amendment(self) -> Amendment:
        return Amendment(
            order_id=whole_number(str(self.order_id), "order_id"),
            symbol=self.symbol,
            side=self.side,
            price=self.order_price,
            quantity=self.order_quantity,
            type=self.order_type,
            client_order_id=self.client_order_id if self.client_order_id is None else str(self.client_order_id),
            reduce_only=self.reduce_only,
        )


class CancelOrder(msgspec.Struct, frozen=True):
    order_id: Id
    symbol: Symbol


class CancelByClientId(msgspec.Struct, frozen=True):
    client_order_id: str
    symbol: Symbol

    def __post_init__(self) -> None:
        check_client_order_id(self.client_order_id)


class CancelOrders(msgspec.Struct, frozen=True):
    order_ids: str

    def ids(self) -> list[int]:
        return [whole_number(text, "order_ids") for text in entries(self.order_ids, "order_ids")]


class CancelManyByClientId(msgspec.Struct, frozen=True):
    client_order_ids: str

    def ids(self) -> list[str]:
        return entries(self.client_order_ids, "client_order_ids")


class CancelAll(msgspec.Struct, frozen=True):
    symbol: Symbol | None = None
