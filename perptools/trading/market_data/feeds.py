"""Price feeds: a file of candles, or an exchange that ccxt supports. (The simulated one is `random_walk`.)"""

import logging
from collections.abc import Collection, Iterator
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from perptools.trading.decimals import floor_to
from perptools.trading.market_data import candles, csv_files
from perptools.trading.market_data.mark_prices import Quote
from perptools.trading.models import Market

logger = logging.getLogger(__name__)

COLUMNS = ("time", "symbol", "open", "high", "low", "close", "volume")
LARGEST = Decimal(10) ** 10
# What ccxt raises for responses that it didn't expect.
MISREADINGS = (AttributeError, LookupError, TypeError, ValueError)
QUOTES = ("USDC:USDC", "USDT:USDT", "USD:USD", "USDC", "USDT", "USD")


class UnusableSource(Exception):
    """The feed can't be read. The message says where and why, for whoever started it."""


# -- Candles in a file -----------------------------------------------------------------------------------------------


def candles_from(path: Path) -> Iterator[list[Quote]]:
    """Yield the prices of a CSV file with the columns time, symbol, open, high, low, close and volume, ordered by time.

    Each candle becomes four prices, in the order of `candles.price_path`. Unknown symbols are skipped, and logged once
    each. Raises UnusableSource if nothing is left.
    """
    known = set(Market.objects.values_list("symbol", flat=True))
    unknown: set[str] = set()
    fed = False
    try:
        for _, same_time in groupby(csv_files.rows(path, COLUMNS), key=lambda row: row[1]["time"]):
            read = []
            for number, row in same_time:
                quotes = _quotes(path, number, row)
                if row["symbol"] in known:
                    read.append(quotes)
                elif row["symbol"] not in unknown:
                    unknown.add(row["symbol"])
                    logger.warning("%s, line %s: %s", path, number, _no_market(row["symbol"], known))
            fed = fed or bool(read)
            if read:
                yield from ([quotes[moment] for quotes in read] for moment in range(4))
    except csv_files.UnreadableTable as problem:
        raise UnusableSource(str(problem)) from None
    if not fed:
        raise UnusableSource(f"{path} has no prices of our markets. They are {', '.join(sorted(known))}.")


def _no_market(symbol: str, known: Collection[str]) -> str:
    meant = get_close_matches(symbol.upper(), known, n=1)
    hint = f" Did you mean {meant[0]}?" if meant else f" They are {', '.join(sorted(known))}."
    return f"“{symbol}” is no market here, so its prices are left out.{hint}"


def _quotes(path: Path, number: int, row: dict[str, str]) -> list[Quote]:
    where = f"{path}, line {number}"
    opened, high, low, close, volume = (_number(where, name, row[name]) for name in COLUMNS[2:])
    if not 0 < low <= min(opened, close) <= max(opened, close) <= high:
        raise UnusableSource(
            f"{where}: this is not a candle. Its low must be above 0 and its lowest price, and its high its highest."
        )
    return [Quote(row["symbol"], price, volume=volume / 4) for price in candles.price_path(opened, high, low, close)]


def _number(where: str, name: str, text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise UnusableSource(f"{where}: {name} is “{text}”, which is no number. Write it like 95000.5.")
    if not 0 <= number < LARGEST:
        raise UnusableSource(f"{where}: {name} is “{text}”. It must be from 0 to below {LARGEST:f}.")
    return number


# -- An exchange -----------------------------------------------------------------------------------------------------


def exchange(name: str, markets: list[Market], url: str = "") -> Iterator[list[Quote]]:
    """Yield the prices of an exchange for the markets that it has, again and again. `url` replaces its address."""
    ccxt = _ccxt()
    client = _client(ccxt, name, url)
    try:
        client.load_markets()
    except (ccxt.BaseError, *MISREADINGS) as problem:
        raise UnusableSource(f"{name} does not tell its markets: {problem}") from None
    theirs = {market: symbol for market in markets if (symbol := _their_symbol(client, market))}
    if not theirs:
        raise UnusableSource(f"{name} has none of our markets.")
    while True:
        try:
            tickers = _tickers(client, list(theirs.values()))
        except (ccxt.BaseError, *MISREADINGS) as problem:
            logger.warning("%s gave no prices: %s", name, problem)
            tickers = {}
        yield [quote for market, symbol in theirs.items() if (quote := _quote(market, tickers.get(symbol, {})))]


def _ccxt() -> Any:
    try:
        import ccxt
    except ImportError:
        raise UnusableSource("Prices from an exchange need ccxt: pip install 'perptools[prices]'.") from None
    return ccxt


def _client(ccxt: Any, name: str, url: str) -> Any:
    if name not in ccxt.exchanges:
        raise UnusableSource(f"ccxt knows no exchange {name}.")
    client = getattr(ccxt, name)({"enableRateLimit": True})
    if url:
        client.urls["api"] = _moved(client.urls["api"], url)
    return client


def _moved(address: Any, url: str) -> Any:
    """Replace the host of one or several URLs."""
    if isinstance(address, dict):
        return {name: _moved(each, url) for name, each in address.items()}
    there = urlsplit(url)
    return urlsplit(address)._replace(scheme=there.scheme, netloc=there.netloc).geturl()


def _their_symbol(client: Any, market: Market) -> str | None:
    base = market.symbol.split("_")[1]
    return next((symbol for quote in QUOTES if (symbol := f"{base}/{quote}") in client.markets), None)


def _tickers(client: Any, symbols: list[str]) -> dict[str, Any]:
    if client.has.get("fetchTickers"):
        return dict(client.fetch_tickers(symbols))
    return {symbol: client.fetch_ticker(symbol) for symbol in symbols}


def _quote(market: Market, ticker: dict[str, Any]) -> Quote | None:
    prices = [_price(ticker.get(name), market) for name in ("markPrice", "last", "indexPrice")]
    mark, index = prices[0] or prices[1], prices[2]
    return Quote(market.symbol, mark, index) if mark else None


def _price(value: Any, market: Market) -> Decimal | None:
    """Round a price to the market's tick. ccxt returns floats; their shortest text is what the exchange sent."""
    return floor_to(Decimal(str(value)), market.quote_tick) if value else None
