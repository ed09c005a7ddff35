"""The parameters of requests for lists and settings. For orders, see `order_schemas`."""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from apikeys.http.errors import BadParameter
from perptools.trading.api.schema_fields import Milliseconds, Symbol, check_margin_mode
from perptools.trading.market_data.candles import LENGTHS
from perptools.trading.models import OrderType, Side
from perptools.trading.timestamps import from_ms

SECONDS_END = 10**11  # numbers below this are seconds, up to the year 5138; as milliseconds, this is 1973
MOST_ROWS = 500
MOST_BARS = 1000
MOST_DAYS = 366
LAST_SECOND = 253_402_300_799 - 400 * 86_400  # a year before the last that Python supports
# TradingView's names (minutes, or with a letter), and those of `kline`.
RESOLUTIONS = {
    "1": "1m", "5": "5m", "15": "15m", "30": "30m", "60": "1h", "240": "4h", "720": "12h",
    "D": "1d", "1D": "1d", "W": "1w", "1W": "1w", "M": "1mon", "1M": "1mon", "12M": "1y",
    **{length: length for length in LENGTHS},
}  # fmt: skip


# -- Lists -----------------------------------------------------------------------------------------------------------


def at_most(asked: msgspec.Struct, **most: int) -> None:
    """Limit the length of lists to what one response holds. The response says how long it is."""
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
        """The end of the time range, exclusive."""
        return None if self.end_t is None else from_ms((self.end_t + 1) * unit_of(self.end_t))


def unit_of(moment: int) -> int:
    """Return the milliseconds in a timestamp's unit: some clients send seconds. As milliseconds, they are in 1970."""
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
    """A list of trades or fundings, of one market or of all."""

    symbol: Symbol | None = None
    order_tag: str | None = None


class ListTransfers(Page, frozen=True):
    side: Literal["DEPOSIT", "WITHDRAW"] | None = None
    token: str | None = None
    balance_token: str | None = None  # ccxt calls it token
    pageSize: Annotated[int, Meta(ge=1)] | None = None  # ccxt calls it size

    def __post_init__(self) -> None:
        at_most(self, size=MOST_ROWS, pageSize=MOST_ROWS)

    def other_tokens(self) -> bool:
        """Return whether the request is only for tokens that don't exist here."""
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


class AskForBars(msgspec.Struct, frozen=True, rename={"since_s": "from", "until_s": "to"}):
    """Candles for a chart, with the names of TradingView's UDF protocol. Timestamps are in seconds."""

    symbol: Symbol
    resolution: str
    since_s: Annotated[int, Meta(ge=0, le=LAST_SECOND)]
    until_s: Annotated[int, Meta(ge=0, le=LAST_SECOND)]

    def length(self) -> str:
        if (length := RESOLUTIONS.get(self.resolution)) is None:
            raise BadParameter(f"resolution: one of {', '.join(RESOLUTIONS)}.", field="resolution")
        return length

    @property
    def since(self) -> datetime:
        return from_ms(self.since_s * 1000)

    @property
    def until(self) -> datetime:
        return from_ms(self.until_s * 1000)


class ListDays(msgspec.Struct, frozen=True):
    start_date: date
    end_date: date
    page: Annotated[int, Meta(ge=1, le=1_000_000)] = 1
    size: Annotated[int, Meta(ge=1)] = 25

    def __post_init__(self) -> None:
        at_most(self, size=MOST_ROWS)
        if self.end_date < self.start_date:
            raise BadParameter("end_date: it is before start_date.", field="end_date")
        if (self.end_date - self.start_date).days >= MOST_DAYS:
            raise BadParameter(f"start_date: at most {MOST_DAYS} days at once.", field="start_date")


# -- Settings --------------------------------------------------------------------------------------------------------


class SetLeverage(msgspec.Struct, frozen=True):
    """An account has one leverage for all markets. If the request names a market, all others change, too."""

    leverage: int
    symbol: Symbol | None = None
    margin_mode: str | None = None

    def __post_init__(self) -> None:
        check_margin_mode(self.margin_mode)


class AskForMarket(msgspec.Struct, frozen=True):
    symbol: Symbol | None = None


class SetMarginMode(msgspec.Struct, frozen=True):
    """All markets have CROSS margin, so nothing else can be set. Orderly's own front end sends `symbol_list`."""

    default_margin_mode: Literal["CROSS", "ISOLATED"]
    symbol: Symbol | None = None
    symbol_list: Annotated[list[Symbol], Meta(max_length=100)] | None = None

    def symbols(self) -> list[str]:
        return [*([self.symbol] if self.symbol else []), *(self.symbol_list or [])]


class SetMaintenance(msgspec.Struct, frozen=True):
    maintenance_cancel_order_flag: bool
