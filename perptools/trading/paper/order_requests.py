"""Requests to the venue: an order, or an amendment."""

from dataclasses import dataclass
from decimal import Decimal

from perptools.trading.models import OrderType, Side


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """A requested order. Its size is a quantity, or an amount of USDC.

    `price` is None for a market order, and for ASK and BID until `priced` has looked at the book.
    """

    symbol: str
    side: Side
    type: OrderType
    quantity: Decimal | None = None
    amount: Decimal | None = None
    price: Decimal | None = None
    level: int = 0
    visible_quantity: Decimal | None = None
    client_order_id: str = ""
    reduce_only: bool = False
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Amendment:
    """The changes to an open order. None stands for no change.

    Only the price and the quantity can change; the other fields say which order it is.
    """

    order_id: int
    symbol: str
    side: Side
    price: Decimal | None = None
    quantity: Decimal | None = None
    type: OrderType | None = None
    client_order_id: str | None = None
    reduce_only: bool | None = None
