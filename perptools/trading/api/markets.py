"""Endpoints about markets. As on Orderly, requests for the order book and candles are signed, by any live key."""

from typing import Any

from django.http import HttpResponse
from django.utils import timezone

from apikeys.http.endpoints import any_key, public
from apikeys.http.errors import BadParameter
from apikeys.http.parsing import read_query
from apikeys.http.request import ApiRequest
from apikeys.http.responses import bare, now_ms, rows, success
from perptools.trading import statistics
from perptools.trading.api import market_serializers, queries
from perptools.trading.api.request_schemas import (
    MOST_BARS,
    AskForBars,
    AskForBook,
    AskForCandles,
    AskForMarket,
    ListFundingRates,
    ListMarketTrades,
)
from perptools.trading.decimals import ZERO
from perptools.trading.market_data import candles, trades
from perptools.trading.models import MOST_LEVERAGE, Market
from perptools.trading.paper.lookups import find_market
from perptools.trading.paper.order_book import Book


@public
def markets(request: ApiRequest) -> HttpResponse:
    return rows([market_serializers.market_row(market) for market in Market.objects.all()])


@public
def market(request: ApiRequest, symbol: str) -> HttpResponse:
    return success(market_serializers.market_row(find_market(symbol)))


@public
def tokens(request: ApiRequest) -> HttpResponse:
    return rows([market_serializers.token_row()])


@public
def chains(request: ApiRequest) -> HttpResponse:
    return rows([market_serializers.chain_row()])


@public
def system_info(request: ApiRequest) -> HttpResponse:
    return success({"status": 0, "msg": "System is functioning properly."})


@public
def config(request: ApiRequest) -> HttpResponse:
    return success({"available_futures_leverage": ",".join(str(each) for each in range(1, MOST_LEVERAGE + 1))})


@public
def futures(request: ApiRequest) -> HttpResponse:
    return rows(_futures(list(Market.objects.all())))


@public
def futures_of(request: ApiRequest, symbol: str) -> HttpResponse:
    return success(_futures([find_market(symbol)])[0])


def _futures(found: list[Market]) -> list[dict[str, Any]]:
    days, interest = candles.last_day(found, timezone.now()), statistics.open_interest()
    return [market_serializers.futures_row(each, days.get(each.pk), interest.get(each.pk, ZERO)) for each in found]


@public
def market_trades(request: ApiRequest) -> HttpResponse:
    asked = read_query(request, ListMarketTrades)
    found = trades.newest(find_market(asked.symbol), asked.limit, timezone.now())
    return rows([market_serializers.market_trade_row(trade) for trade in found])


@public
def funding_rates(request: ApiRequest) -> HttpResponse:
    return rows([market_serializers.funding_row(each) for each in Market.objects.all()])


@public
def funding_rate(request: ApiRequest, symbol: str) -> HttpResponse:
    return success(market_serializers.funding_row(find_market(symbol)))


@public
def funding_rate_history(request: ApiRequest) -> HttpResponse:
    asked = read_query(request, ListFundingRates)
    return queries.funding_rates(find_market(asked.symbol), asked).answer(market_serializers.funding_rate_row)


@any_key
def orderbook(request: ApiRequest, symbol: str) -> HttpResponse:
    asked = read_query(request, AskForBook)
    return success(market_serializers.book_levels(Book(find_market(symbol)), asked.max_level) | {"timestamp": now_ms()})


@any_key
def kline(request: ApiRequest) -> HttpResponse:
    asked = read_query(request, AskForCandles)
    length = asked.length()
    found = candles.newest(find_market(asked.symbol), length, asked.limit)
    return rows([market_serializers.candle_row(candle, length) for candle in found])


@public
def bars(request: ApiRequest) -> HttpResponse:
    """Return candles for TradingView's charts, oldest first and without an envelope: the UDF protocol."""
    asked = read_query(request, AskForBars)
    length, market = asked.length(), find_market(asked.symbol)
    found = candles.between(market, length, asked.since, asked.until, MOST_BARS + 1)
    if len(found) > MOST_BARS:
        raise BadParameter(f"from: at most {MOST_BARS} candles at once. Ask for a shorter time.", field="from")
    return bare(market_serializers.bars_of(list(reversed(found))))


@public
def leverages(request: ApiRequest) -> HttpResponse:
    """Return the maximum leverage of each market."""
    return rows([{"symbol": market.symbol, "leverage": MOST_LEVERAGE} for market in Market.objects.all()])


@public
def volumes(request: ApiRequest) -> HttpResponse:
    """Return the volume of each market, or of one, in the last 24 hours."""
    symbol = read_query(request, AskForMarket).symbol
    return rows(_futures([find_market(symbol)] if symbol else list(Market.objects.all())))
