"""Feed prices to the markets until a signal stops it."""

import logging
import signal
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, close_old_connections, transaction
from django.utils import timezone

from perptools.trading.market_data import feeds, mark_prices, random_walk
from perptools.trading.market_data.feeds import UnusableSource
from perptools.trading.market_data.mark_prices import Quote
from perptools.trading.models import Candle, FundingRate, Market

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Feed mark prices to the paper venue: from a seeded random walk, a CSV of candles, or an exchange."

    def add_arguments(self, parser: ArgumentParser) -> None:
        source = parser.add_mutually_exclusive_group()
        source.add_argument("--seed", default="perptools", help="of the walk: the same seed gives the same prices")
        source.add_argument("--csv", type=Path, help="a file with time,symbol,open,high,low,close,volume")
        source.add_argument("--exchange", help="the name of an exchange that ccxt knows")
        parser.add_argument("--url", default="", help="where the exchange is, if not at its own address")
        parser.add_argument("--interval", type=float, default=2, help="seconds between prices (default: 2)")
        parser.add_argument("--ticks", type=int, default=0, help="stop after so many (default: go on)")
        parser.add_argument(
            "--history",
            type=int,
            default=0,
            metavar="HOURS",
            help="give markets without candles a past: candles, trades and fundings",
        )

    def handle(self, *, interval: float, ticks: int, history: int, **options: Any) -> None:
        if history:
            give_past(history, options["seed"])
        try:
            with until_told_to_stop() as stop:
                self.stdout.write(f"Prices of {Market.objects.count()} markets move every {interval:g} s.")
                self.stdout.flush()
                for number, quotes in enumerate(source(options), start=1):
                    feed(quotes)
                    if number == ticks or stop.wait(interval):
                        break
        except (UnusableSource, OSError) as problem:
            raise CommandError(str(problem)) from None


@contextmanager
def until_told_to_stop() -> Iterator[Event]:
    """Yield an event that a signal sets, so that the current prices are completed before the end."""
    stop = Event()
    before = {each: signal.signal(each, lambda *_: stop.set()) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def source(options: dict[str, Any]) -> Iterator[list[Quote]]:
    if options["csv"]:
        return feeds.candles_from(options["csv"])
    if options["exchange"]:
        return feeds.exchange(options["exchange"], list(Market.objects.all()), options["url"])
    return random_walk.walk(options["seed"])


def feed(quotes: list[Quote]) -> None:
    """Write prices. If the database is down for a moment, these prices are lost, but the feed goes on."""
    try:
        mark_prices.move(quotes)
    except OperationalError as problem:
        logger.warning("Prices were lost: %s", problem)
        close_old_connections()


@transaction.atomic
def give_past(hours: int, seed: str) -> None:
    """Simulate a history of candles and fundings. Public trades follow from candles: see `market_data.trades`."""
    for market in Market.objects.filter(candles=None):
        past = random_walk.history(market, seed, timezone.now(), hours)
        Candle.objects.bulk_create(past.candles)
        if past.fundings and not market.funding_rates.exists():
            newest = FundingRate.objects.bulk_create(past.fundings)[0]
            unpriced = Market.objects.filter(pk=market.pk, fundings=0)
            unpriced.update(last_funding_rate=newest.rate, last_funding_at=newest.at)
