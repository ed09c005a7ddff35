"""Unmodified ccxt reads markets and accounts. Over HTTP, with gunicorn."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import ccxt
import ccxt.async_support
import pytest
from django.core.management import call_command
from django.utils import timezone

from apikeys.models import Account
from perptools.trading.market_data import mark_prices
from perptools.trading.market_data.mark_prices import Quote
from perptools.trading.paper import orders as paper_orders
from tests.perptools.trading.order_requests import buy
from tests.support.ccxt_clients import BTC, ETH, exchange_for
from tests.support.servers import Server

pytestmark = pytest.mark.server


def test_markets_load_with_their_rules(exchange: Any) -> None:
    market = exchange.load_markets()[BTC]
    assert (market["precision"], market["limits"]["cost"]["min"]) == ({"amount": 0.00001, "price": 0.1}, 10)


def test_time_and_status_are_read(woofi: Any) -> None:
    assert (woofi.fetch_status()["status"], woofi.fetch_time() > 1_700_000_000_000) == ("ok", True)


def test_usdc_is_the_currency(exchange: Any) -> None:
    assert list(exchange.fetch_currencies()) == ["USDC"]


def test_market_trades_are_read(woofi: Any, trader: Account) -> None:
    paper_orders.place(trader.pk, buy("0.01"))
    trade = woofi.fetch_trades(BTC, limit=5)[0]
    assert (trade["side"], trade["price"], trade["amount"]) == ("buy", 95_004.8, 0.01)


def test_funding_rates_are_read(exchange: Any) -> None:
    rate = exchange.fetch_funding_rate(BTC)
    assert (rate["fundingRate"], rate["interval"]) == (0.0001, "8h")
    assert BTC in exchange.fetch_funding_rates()


def test_funding_history_is_read_though_its_end_is_in_seconds(woofi: Any, trader: Account) -> None:
    funded(trader)
    found = woofi.fetch_funding_rate_history(BTC, limit=10, params={"until": woofi.milliseconds() + 86_400_000})
    assert [row["fundingRate"] for row in found] == [0.0001]


def test_new_venue_has_a_history(exchange: Any, trader: Account) -> None:
    call_command("feed_prices", history=24, ticks=1, interval=0)
    traded, held = exchange.fetch_trades(BTC, limit=50), exchange.fetch_funding_rate_history(BTC)
    assert (len(traded), {trade["side"] for trade in traded}, len(held)) == (50, {"buy", "sell"}, 3)
    assert [trade["timestamp"] for trade in traded] == sorted(trade["timestamp"] for trade in traded)
    assert exchange.fetch_funding_rate(BTC)["previousFundingRate"] == held[-1]["fundingRate"]


def test_bars_days_and_liquidations_are_read_by_implicit_methods(woofi: Any, trader: Account) -> None:
    mark_prices.set_mark("PERP_BTC_USDC", Decimal(95_000))
    now = timezone.now()
    asked = {"symbol": "PERP_BTC_USDC", "resolution": "1D", "from": int(now.timestamp()) - 86_400 * 9}
    assert woofi.v1PublicGetTvHistory(asked | {"to": int(now.timestamp()) + 60})["s"] == "ok"
    days = {"start_date": f"{now:%Y-%m-%d}", "end_date": f"{now:%Y-%m-%d}"}
    [today] = woofi.v1PrivateGetClientStatisticsDaily(days)["data"]["rows"]
    assert (today["account_value"], today["pnl"]) == ("10000", "0")
    assert woofi.v1PrivateGetLiquidations()["data"]["rows"] == []


def test_order_book_is_read(exchange: Any) -> None:
    book = exchange.fetch_order_book(BTC, 2)
    assert (book["bids"][0][0], book["asks"][0][0], len(book["bids"])) == (94_995.2, 95_004.8, 2)


def test_candles_are_read(exchange: Any) -> None:
    mark_prices.move([Quote("PERP_BTC_USDC", Decimal(95_500), volume=Decimal(3))])
    for timeframe in ("1m", "1h", "1M"):
        assert exchange.fetch_ohlcv(BTC, timeframe, limit=5)[-1][1:] == [95_500, 95_500, 95_500, 95_500, 3]


def test_futures_prices_are_read_by_an_implicit_method(woofi: Any) -> None:
    rows = woofi.v1PublicGetPublicFutures()["data"]["rows"]
    assert next(row for row in rows if row["symbol"] == "PERP_BTC_USDC")["mark_price"] == "95000"


def test_balance_is_read(exchange: Any) -> None:
    assert exchange.fetch_balance()["total"]["USDC"] == 10_000


def test_modetrade_reads_free_collateral_too(server: Server, trader: Account) -> None:
    assert exchange_for(trader, server, ccxt.modetrade).fetch_balance()["free"]["USDC"] == 10_000


def test_positions_are_read(exchange: Any, trader: Account) -> None:
    paper_orders.place(trader.pk, buy("0.02"))
    found = exchange.fetch_positions()[0]
    assert [found[name] for name in ("symbol", "contracts", "side", "entryPrice", "markPrice")] == [
        BTC, 0.02, "long", 95_004.8, 95_000,
    ]  # fmt: skip


def test_flat_position_is_read(woofi: Any) -> None:
    assert woofi.fetch_position(ETH)["contracts"] == 0


def test_leverage_is_set_and_read(exchange: Any) -> None:
    exchange.set_leverage(25, BTC)
    assert exchange.fetch_leverage(BTC)["longLeverage"] == 25


def test_fees_are_read(exchange: Any) -> None:
    fees = exchange.fetch_trading_fees()[BTC]
    assert (fees["taker"], fees["maker"]) == (0.0005, 0.0002)


def test_deposits_are_read(woofi: Any) -> None:
    row = woofi.fetch_deposits("USDC")[0]
    assert (row["amount"], row["type"], row["status"]) == (10_000, "deposit", "ok")


def test_ledger_is_read(woofi: Any) -> None:
    row = woofi.fetch_ledger("USDC")[0]
    assert (row["amount"], row["direction"]) == (10_000, "in")


def test_there_are_no_withdrawals(woofi: Any) -> None:
    assert woofi.fetch_withdrawals("USDC") == []


def test_funding_payments_are_read(woofi: Any, trader: Account) -> None:
    paper_orders.place(trader.pk, buy("0.01"))
    funded(trader)
    row = woofi.fetch_funding_history(BTC)[0]
    assert (row["amount"], row["symbol"]) == (-0.095, BTC)


def funded(trader: Account) -> None:
    """Charge one funding."""
    for hours in (0, 8):
        mark_prices.move([Quote("PERP_BTC_USDC", Decimal(95_000))], timezone.now() + timedelta(hours=hours))
