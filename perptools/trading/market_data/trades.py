"""What was traded on a market, by whoever: the fills of our traders, and what prices brought with them.

A feed says how much was traded at its prices, and candles keep that. So trades are read from whole minutes, at the four
prices of `candles.price_path`, as a file of candles is fed.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from perptools.trading.decimals import floor_to
from perptools.trading.market_data.candles import price_path
from perptools.trading.models import Candle, Fill, Market, Resolution, Side

PRICES = 4  # of a candle
MINUTE = timedelta(minutes=1)


class Trade(NamedTuple):
    """`side` is whose order took the other's."""

    symbol: str
    side: str
    price: Decimal
    quantity: Decimal
    at: datetime


def newest(market: Market, limit: int, now: datetime) -> list[Trade]:
    """Return the newest trades, newest first. Those of the minute that is not over yet are left out, but for fills."""
    fills = Fill.objects.filter(market=market).order_by("-id")[:limit]
    ours = [Trade(market.symbol, fill.side, fill.price, fill.quantity, fill.created_at) for fill in fills]
    over = Candle.objects.filter(market=market, resolution=Resolution.MINUTE, starts_at__lte=now - MINUTE)
    others = [trade for candle in over[:limit] for trade in _of(candle, market)]
    return sorted(ours + others, key=lambda trade: trade.at, reverse=True)[:limit]


def _of(candle: Candle, market: Market) -> Iterator[Trade]:
    """Share a minute's volume out among its prices, in whole steps of the market; the close takes what is left."""
    if not candle.volume:
        return
    prices = price_path(candle.open, candle.high, candle.low, candle.close)
    share = floor_to(candle.volume / PRICES, market.base_tick)
    for number, (before, price) in enumerate(pairwise((candle.open, *prices))):
        quantity = share if number < PRICES - 1 else candle.volume - share * (PRICES - 1)
        if quantity:
            side = Side.SELL if price < before else Side.BUY
            yield Trade(market.symbol, side, price, quantity, candle.starts_at + number * MINUTE / PRICES)
