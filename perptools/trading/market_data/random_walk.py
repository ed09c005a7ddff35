"""A seeded random walk of prices: the same seed and starting prices give the same prices on every machine.

It draws whole numbers only, so floating point doesn't matter. Each index price takes small steps around its start, and
is pulled back from far away. The mark price is a little above or below it.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from random import Random
from typing import NamedTuple

from perptools.trading.decimals import ZERO, divide, floor_to, rounded
from perptools.trading.market_data import candles
from perptools.trading.market_data.mark_prices import Quote
from perptools.trading.models import Candle, FundingRate, Market, MarketStatus, Resolution
from perptools.trading.paper import funding
from perptools.trading.timestamps import floor_to_period

MILLIONTH = Decimal("0.000001")
STEP = 170  # millionths; the sum of four makes about 2 basis points a step
MINUTE_STEP = 930  # the same, for one step a minute
PULL = Decimal("0.0005")  # of the distance to the start, per step
PREMIUM_STEP, PREMIUM_KEPT = 12, Decimal("0.98")
BUSIEST = 40  # at most this many times the best level's value is traded per step


class Walker:
    """One market's random walk. If something else sets a price, it goes on from there."""

    def __init__(self, market: Market, seed: str) -> None:
        self.random = Random(f"{seed}/{market.symbol}")  # noqa: S311 (prices, not secrets)
        self.index = self.home = market.index_price
        self.premium = ZERO

    def step(self, market: Market, size: int = STEP) -> Quote:
        if market.index_price != self.index:
            self.index = self.home = market.index_price
        shock = sum(self.random.randint(-size, size) for _ in range(4)) * MILLIONTH
        self.index = rounded(self.index * (1 + shock) + (self.home - self.index) * PULL)
        self.index = max(self.index, market.quote_tick)
        drift = self.random.randint(-PREMIUM_STEP, PREMIUM_STEP) * MILLIONTH
        self.premium = rounded(self.premium * PREMIUM_KEPT + drift)
        mark = max(floor_to(self.index * (1 + self.premium), market.quote_tick), market.quote_tick)
        traded = market.level_value * self.random.randint(1, BUSIEST) / 10
        return Quote(market.symbol, mark, self.index, floor_to(traded / self.index, market.base_tick))


def walk(seed: str) -> Iterator[list[Quote]]:
    """Yield the prices of all markets that aren't halted, step by step, without end."""
    walkers: dict[int, Walker] = {}
    while True:
        markets = Market.objects.exclude(status=MarketStatus.HALTED)
        yield [walkers.setdefault(market.pk, Walker(market, seed)).step(market) for market in markets]


class Past(NamedTuple):
    candles: list[Candle]
    fundings: list[FundingRate]


def history(market: Market, seed: str, now: datetime, hours: int) -> Past:
    """Return a simulated history of the past hours. It is generated backwards, so that it ends at the current price."""
    walker = Walker(market, f"{seed}/past")
    minutes: list[Candle] = []
    premiums: list[Decimal] = []  # by minute
    moment, close = floor_to_period(now, timedelta(minutes=1)), market.mark_price
    for number in range(1, hours * 60 + 1):
        market.index_price = walker.index
        quote = walker.step(market, MINUTE_STEP)
        minutes.append(_candle(market, moment - timedelta(minutes=number), quote, close, walker.random))
        premiums.append(divide(quote.mark - (quote.index or quote.mark), quote.index or quote.mark))
        close = quote.mark
    hours_and_days = [
        candle for resolution in (Resolution.HOUR, Resolution.DAY) for candle in candles.joined(minutes, resolution)
    ]
    return Past(minutes + hours_and_days, _fundings(market, minutes, premiums, now))


def _fundings(market: Market, minutes: list[Candle], premiums: list[Decimal], now: datetime) -> list[FundingRate]:
    """Return the fundings that were due in these minutes, newest first."""
    period = timedelta(hours=market.funding_period)
    fundings: list[FundingRate] = []
    in_periods = groupby(zip(minutes, premiums, strict=True), lambda each: floor_to_period(each[0].starts_at, period))
    for starts_at, group in in_periods:
        candles_, premiums_ = zip(*group, strict=True)
        if starts_at + period <= now:
            rate = funding.rate_at(market, divide(sum(premiums_, ZERO), Decimal(len(premiums_))))
            price, at = candles_[0].close, starts_at + period
            fundings.append(FundingRate(market=market, number=-len(fundings), rate=rate, mark_price=price, at=at))
    return fundings


def _candle(market: Market, starts_at: datetime, opened: Quote, close: Decimal, random: Random) -> Candle:
    low, high = sorted((opened.mark, close))
    wick = floor_to((high - low) * random.randint(0, 100) / 200, market.quote_tick)
    return Candle(
        market=market,
        resolution=Resolution.MINUTE,
        starts_at=starts_at,
        open=opened.mark,
        high=high + wick,
        low=max(low - wick, market.quote_tick),
        close=close,
        volume=opened.volume * 30,
        amount=rounded(opened.volume * 30 * opened.mark),
    )
