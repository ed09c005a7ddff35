"""Candles: minutes, hours and days are stored as prices arrive; all other lengths are put together from those."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby, islice
from typing import NamedTuple

from django.db.models import Max, Min, Sum

from perptools.trading.decimals import ZERO, capped, times
from perptools.trading.models import Candle, Market, Resolution
from perptools.trading.timestamps import floor_to_period

KEPT = {
    Resolution.MINUTE: timedelta(minutes=1),
    Resolution.HOUR: timedelta(hours=1),
    Resolution.DAY: timedelta(days=1),
}
DAY = timedelta(days=1)
MONDAY = timedelta(days=3)  # the epoch was a Thursday


def _every(**length: int) -> Callable[[datetime], datetime]:
    return lambda moment: floor_to_period(moment, timedelta(**length))


def _week(moment: datetime) -> datetime:
    return floor_to_period(moment + MONDAY, timedelta(weeks=1)) - MONDAY


def _month(moment: datetime) -> datetime:
    return floor_to_period(moment, DAY).replace(day=1)


def _year(moment: datetime) -> datetime:
    return _month(moment).replace(month=1)


class Length(NamedTuple):
    """A candle length: the stored length it is made from, where its candles start, and its longest duration."""

    source: Resolution
    start: Callable[[datetime], datetime]
    longest: timedelta

    def end(self, starts_at: datetime) -> datetime:
        """Return the start of the next candle."""
        return self.start(starts_at + self.longest)


LENGTHS = {
    "1m": Length(Resolution.MINUTE, _every(minutes=1), timedelta(minutes=1)),
    "5m": Length(Resolution.MINUTE, _every(minutes=5), timedelta(minutes=5)),
    "15m": Length(Resolution.MINUTE, _every(minutes=15), timedelta(minutes=15)),
    "30m": Length(Resolution.MINUTE, _every(minutes=30), timedelta(minutes=30)),
    "1h": Length(Resolution.HOUR, _every(hours=1), timedelta(hours=1)),
    "4h": Length(Resolution.HOUR, _every(hours=4), timedelta(hours=4)),
    "12h": Length(Resolution.HOUR, _every(hours=12), timedelta(hours=12)),
    "1d": Length(Resolution.DAY, _every(days=1), timedelta(days=1)),
    "1w": Length(Resolution.DAY, _week, timedelta(weeks=1)),
    "1mon": Length(Resolution.DAY, _month, timedelta(days=31)),
    "1y": Length(Resolution.DAY, _year, timedelta(days=366)),
}


def record(traded: dict[Market, Decimal], at: datetime) -> None:
    """Add the markets' mark prices and volumes to the candles of this time."""
    starts = {resolution: floor_to_period(at, period) for resolution, period in KEPT.items()}
    known = Candle.objects.filter(market__in=traded, resolution__in=starts, starts_at__in=starts.values())
    around = {(candle.market_id, candle.resolution, candle.starts_at): candle for candle in known}
    counted = []
    for market, volume in traded.items():
        for resolution, starts_at in starts.items():
            candle = around.get((market.pk, resolution, starts_at)) or _first(market, resolution, starts_at)
            _count(candle, market.mark_price, volume)
            candle.pk = None  # the unique constraint finds the row
            counted.append(candle)
    Candle.objects.bulk_create(
        counted,
        update_conflicts=True,
        unique_fields=["market", "resolution", "starts_at"],
        update_fields=["high", "low", "close", "volume", "amount"],
    )


def _first(market: Market, resolution: Resolution, starts_at: datetime) -> Candle:
    price = market.mark_price
    return Candle(
        market=market, resolution=resolution, starts_at=starts_at, open=price, high=price, low=price, close=price
    )


def _count(candle: Candle, price: Decimal, volume: Decimal) -> None:
    candle.high, candle.low, candle.close = max(candle.high, price), min(candle.low, price), price
    candle.volume = capped(candle.volume + volume)
    candle.amount = capped(candle.amount + times(volume, price))


def price_path(opened: Decimal, high: Decimal, low: Decimal, close: Decimal) -> tuple[Decimal, ...]:
    """Return a candle's four prices in a likely order: if it rises, the low comes before the high."""
    extremes = (low, high) if close >= opened else (high, low)
    return opened, *extremes, close


def newest(market: Market, length: str, limit: int) -> list[Candle]:
    """Return the newest candles of a length, newest first."""
    source, _, longest = LENGTHS[length]
    kept = Candle.objects.filter(market=market, resolution=source).order_by("-starts_at")
    kept = kept[: limit * (longest // KEPT[source] + 1)]
    return list(islice(joined(kept, length), limit))


def between(market: Market, length: str, since: datetime, until: datetime, most: int) -> list[Candle]:
    """Return up to `most` candles that start in a time range, newest first. The range excludes its end."""
    source, start, _ = LENGTHS[length]
    last = start(until - timedelta(microseconds=1))
    kept = Candle.objects.filter(market=market, resolution=source, starts_at__lt=LENGTHS[length].end(last))
    first = start(since)
    kept = kept.filter(starts_at__gte=first if first == since else LENGTHS[length].end(first))
    return list(islice(joined(kept.order_by("-starts_at").iterator(), length), most))


def joined(candles: Iterable[Candle], length: str) -> Iterator[Candle]:
    """Join shorter candles, newest first, into longer ones."""
    start = LENGTHS[length].start
    for starts_at, group in groupby(candles, key=lambda candle: start(candle.starts_at)):
        parts = list(group)
        yield Candle(
            market=parts[0].market,
            resolution=length if length in Resolution else "",
            starts_at=starts_at,
            open=parts[-1].open,
            high=max(part.high for part in parts),
            low=min(part.low for part in parts),
            close=parts[0].close,
            volume=sum((part.volume for part in parts), ZERO),
            amount=sum((part.amount for part in parts), ZERO),
        )


class LastDay(NamedTuple):
    """A market's prices in the last 24 hours."""

    open: Decimal
    high: Decimal
    low: Decimal
    volume: Decimal
    amount: Decimal


def last_day(markets: Iterable[Market], now: datetime) -> dict[int, LastDay]:
    """Return the last 24 hours of the markets that had prices, by market ID."""
    recent = Candle.objects.filter(market__in=list(markets), resolution=Resolution.MINUTE, starts_at__gt=now - DAY)
    sums = (
        recent.order_by()
        .values("market_id")
        .annotate(first=Min("starts_at"), high=Max("high"), low=Min("low"), volume=Sum("volume"), amount=Sum("amount"))
    )
    rows = {row["market_id"]: row for row in sums}
    firsts = recent.filter(starts_at__in={row["first"] for row in rows.values()})
    opens = {candle.market_id: candle.open for candle in firsts if candle.starts_at == rows[candle.market_id]["first"]}
    return {
        market: LastDay(opens[market], row["high"], row["low"], row["volume"], row["amount"])
        for market, row in rows.items()
    }
