"""What a request may say: bodies and queries.

Where a request places or changes something, a field that is not named here is rejected (`apikeys.http.unknown_fields`):
each is honoured, or it is known to have no effect, as `order_tag` and `margin_mode: "CROSS"`.
"""

import re
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

import msgspec
from msgspec import Meta

from apikeys.http.errors import BadParameter
from perptools.trading.market_data.candles import LENGTHS
from perptools.trading.models import OrderType, Side
from perptools.trading.paper.order_requests import Amendment, Ticket
from perptools.trading.timestamps import from_ms

Symbol = Annotated[str, Meta(min_length=1, max_length=32)]
Id = Annotated[int, Meta(ge=0)]
Milliseconds = Annotated[int, Meta(ge=0, le=99_999_999_999_999)]
Tag = Annotated[str, Meta(max_length=128)]

WITHOUT_PRICE = (OrderType.MARKET, OrderType.ASK, OrderType.BID)
SECONDS_END = 10**11  # the last moment that is read as seconds, in the year 5138; as milliseconds it is in 1973
MOST_ROWS = 500
MOST_CANCELLED = 100
_CLIENT_ORDER_ID = re.compile("[A-Za-z0-9._:][A-Za-z0-9._:-]{0,35}", re.ASCII)  # needs no escaping in a URL


# -- Orders ----------------------------------------------------------------------------------------------------------

_NO_ALGO = "stop, take-profit and trailing orders are not served here. Nothing was placed or changed."
# What clients send beyond what is served, in snake case, and what to send instead.
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


class PlaceOrder(msgspec.Struct, frozen=True):
    INSTEAD: ClassVar = INSTEAD

    symbol: Symbol
    side: Side
    order_type: OrderType
    order_price: Decimal | None = None
    order_quantity: Decimal | None = None
    order_amount: Decimal | None = None
    visible_quantity: Decimal | None = None
    level: Annotated[int, Meta(ge=0, le=4)] | None = None
    client_order_id: str | int | None = None
    reduce_only: bool | None = None
    order_tag: Tag | None = None
    margin_mode: str | None = None

    def __post_init__(self) -> None:
        as_text(self)
        check_margin_mode(self.margin_mode)

    def ticket(self) -> Ticket:
        self._check_size()
        priced = self.order_type not in WITHOUT_PRICE
        if priced and self.order_price is None:
            raise BadParameter(f"order_price: a {self.order_type} order needs one.", field="order_price")
        return Ticket(
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
            raise BadParameter("order_amount: only MARKET, ASK and BID orders may have one.", field="order_amount")
        if self.visible_quantity is not None and self.order_type is not OrderType.LIMIT:
            raise BadParameter("visible_quantity: only LIMIT orders may have one.", field="visible_quantity")


class PlaceOrders(msgspec.Struct, frozen=True):
    """Some orders as they were written: each is read by itself, so that a malformed one fails alone."""

    orders: Annotated[list[dict[str, Any]], Meta(min_length=1, max_length=10)]


class AmendOrder(msgspec.Struct, frozen=True):
    INSTEAD: ClassVar = INSTEAD

    order_id: Id | str  # ccxt sends text
    symbol: Symbol
    side: Side
    order_type: OrderType | None = None
    order_price: Decimal | None = None
    order_quantity: Decimal | None = None
    client_order_id: str | int | None = None
    reduce_only: bool | None = None
    order_tag: Tag | None = None
    margin_mode: str | None = None

    def __post_init__(self) -> None:
        as_text(self)
        check_margin_mode(self.margin_mode)

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


def as_text(order: PlaceOrder | AmendOrder) -> None:
    """Write a client_order_id as text, and check it: some clients count with numbers. Raises BadParameter."""
    if order.client_order_id is not None:
        msgspec.structs.force_setattr(order, "client_order_id", str(order.client_order_id))
        check_client_order_id(str(order.client_order_id))


def check_margin_mode(mode: str | None) -> None:
    if mode not in (None, "CROSS"):
        raise BadParameter("margin_mode: only CROSS is served here.", field="margin_mode")


def check_client_order_id(text: str) -> None:
    if not _CLIENT_ORDER_ID.fullmatch(text):
        allowed = "1 to 36 letters, digits, dots, underscores, colons and hyphens, the first one no hyphen"
        raise BadParameter(f"client_order_id: use {allowed}.", field="client_order_id")


def entries(text: str, field: str) -> list[str]:
    """Split a comma-separated list."""
    found = [entry.strip() for entry in text.split(",")]
    if not all(found) or len(found) > MOST_CANCELLED:
        raise BadParameter(f"{field}: give 1 to {MOST_CANCELLED} ids, separated by commas.", field=field)
    return found


def whole_number(text: str, field: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise BadParameter(f"{field}: not a whole number.", field=field)
    return int(text)


# -- Lists -----------------------------------------------------------------------------------------------------------


def at_most(asked: msgspec.Struct, **most: int) -> None:
    """Cut a list's length to what one answer holds. The answer says how long it is."""
    for name, number in most.items():
        if (wanted := getattr(asked, name)) is not None and wanted > number:
            msgspec.structs.force_setattr(asked, name, number)


class Page(msgspec.Struct, frozen=True):
    page: Annotated[int, Meta(ge=1, le=1_000_000)] = 1
    size: Annotated[int, Meta(ge=1)] = 25
    start_t: Milliseconds | None = None
    end_t: Milliseconds | None = None

    def __post_init__(self) -> None:
        at_most(self, size=MOST_ROWS)

    @property
    def since(self) -> datetime | None:
        return None if self.start_t is None else from_ms(self.start_t * unit_of(self.start_t))

    @property
    def until(self) -> datetime | None:
        """The first moment that is too late."""
        return None if self.end_t is None else from_ms((self.end_t + 1) * unit_of(self.end_t))


def unit_of(moment: int) -> int:
    """How many milliseconds a moment's unit has. Some clients send seconds; as milliseconds they would be in 1970."""
    return 1 if moment > SECONDS_END else 1000


class ListOrders(Page, frozen=True):
    symbol: Symbol | None = None
    side: Side | None = None
    order_type: OrderType | None = None
    status: Literal["NEW", "PARTIAL_FILLED", "FILLED", "CANCELLED", "REJECTED", "INCOMPLETE", "COMPLETED"] | None = None
    order_tag: str | None = None
    sort_by: Literal["CREATED_TIME_DESC", "CREATED_TIME_ASC", "UPDATED_TIME_DESC", "UPDATED_TIME_ASC"] = (
        "CREATED_TIME_DESC"
    )


class ListOfMarket(Page, frozen=True):
    """Trades, fundings: of one market, or of all."""

    symbol: Symbol | None = None
    order_tag: str | None = None


class ListTransfers(Page, frozen=True):
    side: Literal["DEPOSIT", "WITHDRAW"] | None = None
    token: str | None = None
    balance_token: str | None = None  # what ccxt calls token
    pageSize: Annotated[int, Meta(ge=1)] | None = None  # and size

    def __post_init__(self) -> None:
        at_most(self, size=MOST_ROWS, pageSize=MOST_ROWS)

    def other_tokens(self) -> bool:
        """Say whether only tokens are asked for that do not exist here."""
        return (self.token or self.balance_token or "USDC") != "USDC"


class ListFundingRates(Page, frozen=True, kw_only=True):
    symbol: Symbol


class ListMarketTrades(msgspec.Struct, frozen=True):
    symbol: Symbol
    limit: Annotated[int, Meta(ge=1)] = 10

    def __post_init__(self) -> None:
        at_most(self, limit=MOST_ROWS)


class AskForBook(msgspec.Struct, frozen=True):
    max_level: Annotated[int, Meta(ge=1)] = 100

    def __post_init__(self) -> None:
        at_most(self, max_level=1000)


class AskForCandles(msgspec.Struct, frozen=True):
    symbol: Symbol
    type: str
    limit: Annotated[int, Meta(ge=1)] = 100

    def __post_init__(self) -> None:
        at_most(self, limit=1000)

    def length(self) -> str:
        if self.type not in LENGTHS:
            raise BadParameter(f"type: one of {', '.join(LENGTHS)}.", field="type")
        return self.type


# -- Settings --------------------------------------------------------------------------------------------------------


class SetLeverage(msgspec.Struct, frozen=True):
    """An account has one leverage for all of its markets. A market that is named gets it, as all others do."""

    leverage: int
    symbol: Symbol | None = None
    margin_mode: str | None = None

    def __post_init__(self) -> None:
        check_margin_mode(self.margin_mode)


class AskForMarket(msgspec.Struct, frozen=True):
    symbol: Symbol | None = None


class SetMarginMode(msgspec.Struct, frozen=True):
    """Every market here has CROSS margin, so only that can be set. Orderly's own front end sends `symbol_list`."""

    default_margin_mode: Literal["CROSS", "ISOLATED"]
    symbol: Symbol | None = None
    symbol_list: Annotated[list[Symbol], Meta(max_length=100)] | None = None

    def symbols(self) -> list[str]:
        return [*([self.symbol] if self.symbol else []), *(self.symbol_list or [])]


class SetMaintenance(msgspec.Struct, frozen=True):
    maintenance_cancel_order_flag: bool
