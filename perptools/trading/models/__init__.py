"""Markets, and the accounts' balances, positions and orders. Only the venue and the price feed change rows."""

from perptools.trading.models.holdings import (
    DEFAULT_LEVERAGE,
    MOST_LEVERAGE,
    Balance,
    FundingPayment,
    Position,
    Transfer,
    TransferReason,
    TransferSide,
)
from perptools.trading.models.markets import Candle, FundingRate, Market, MarketStatus, Resolution
from perptools.trading.models.orders import FINAL, OPEN, RESTING, Fill, Order, OrderStatus, OrderType, Side

__all__ = [
    "DEFAULT_LEVERAGE",
    "FINAL",
    "MOST_LEVERAGE",
    "OPEN",
    "RESTING",
    "Balance",
    "Candle",
    "Fill",
    "FundingPayment",
    "FundingRate",
    "Market",
    "MarketStatus",
    "Order",
    "OrderStatus",
    "OrderType",
    "Position",
    "Resolution",
    "Side",
    "Transfer",
    "TransferReason",
    "TransferSide",
]
