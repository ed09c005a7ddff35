"""The public trades of a market: our traders' fills, and the volume that feeds reported.

Feeds report volumes, which candles store. So those trades are derived from finished minutes, at the four prices of
`candles.price_path`, in the same way in which a file of candles is fed.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from perptools.trading.decimals import floor_to
from perptools.trading.market_data.candles import price_path
from perptools.trading.models import Candle, Fill, Market, Resolution, Side

PRICES = 4  # per candle
MINUTE = timedelta(minutes=1)


class Trade(NamedTuple):
    """One public trade. `side` is the taker's."""

    symbol: str
    side: str
    price: Decimal
    quantity: Decimal
    at: datetime


def newest(market: Market, limit: int, now: datetime) -> list[Trade]:
    """Return the newest trades, newest first. For the current minute, these are fills only."""
    fills = Fill.objects.filter(market=market).order_by("-id")[:limit]
    ours = [Trade(market.symbol, fill.side, fill.price, fill.quantity, fill.created_at) for fill in fills]
    over = Candle.objects.filter(market=market, resolution=Resolution.MINUTE, starts_at__lte=now - MINUTE)
    others = [trade for candle in over[:limit] for trade in _of(candle, market)]
    return sorted(ours + others, key=lambda trade: trade.at, reverse=True)[:limit]


def _of(candle: Candle, market: Market) -> Iterator[Trade]:
    """Divide a minute's volume among its prices, in whole steps of the market. The close gets the remainder."""
    if not candle.volume:
        return
    prices = price_path(candle.open, candle.high, candle.low, candle.close)
    share = floor_to(candle.volume / PRICES, market.base_tick)
    for number, (before, price) in enumerate(pairwise((candle.open, *prices))):
        quantity = share if number < PRICES - 1 else candle.volume - share * (PRICES - 1)
        if quantity:
            side = Side.SELL if price < before else Side.BUY
            yield Trade(market.symbol, side, price, quantity, candle.starts_at + number * MINUTE / PRICES)
