"""Public and signed market data."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from apikeys.models import Account
from perptools.trading.market_data import mark_prices
from perptools.trading.market_data.mark_prices import Quote
from perptools.trading.models import Market
from perptools.trading.paper import orders as paper_orders
from perptools.trading.timestamps import ms
from tests.perptools.trading.order_requests import buy
from tests.support.api_clients import ApiClient

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def ask(path: str) -> Any:
    return ApiClient().get(f"/v1/public/{path}").json()["data"]


def test_markets_are_public() -> None:
    symbols = {row["symbol"] for row in ask("info")["rows"]}
    assert symbols >= {"PERP_BTC_USDC", "PERP_ETH_USDC", "PERP_SOL_USDC"}


def test_single_market_is_an_object_of_exact_numbers() -> None:
    answer = ApiClient().get("/v1/public/info/PERP_BTC_USDC")
    assert b'"quote_tick":0.1,"base_min":0.00001,"base_max":20' in answer.content.replace(b"1E-5", b"0.00001")


@pytest.mark.parametrize("path", ["info", "futures", "funding_rate"])
def test_unknown_market_is_a_bad_parameter(path: str) -> None:
    answer = ApiClient().get(f"/v1/public/{path}/PERP_NONE_USDC")
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (400, -1005, "symbol")


@pytest.mark.parametrize("path", ["token", "chain_info"])
def test_ccxt_reads_the_lists_that_it_loads_markets_from(path: str) -> None:
    assert ask(path)["rows"]


def test_token_names_only_listed_chains() -> None:
    token, chain = (ask(path)["rows"][0] for path in ("token", "chain_info"))
    assert token["chain_details"][0]["chain_id"] == chain["chain_id"]


def test_system_is_up() -> None:
    assert ask("system_info")["status"] == 0


def test_leverages_are_a_list_of_text() -> None:
    assert ask("config")["available_futures_leverage"].split(",")[-1] == "50"


def test_market_without_prices_has_its_mark_price() -> None:
    row = ask("futures/PERP_BTC_USDC")
    assert [row[name] for name in ("mark_price", "index_price", "24h_open", "24h_high", "24h_volume")] == [
        95_000, 95_000, 95_000, 95_000, 0,
    ]  # fmt: skip


def test_last_day_of_a_market_is_summed_up(time_machine: Any) -> None:
    for hours, mark, volume in ((0, 90_000, 7), (10, 91_000, 1), (20, 89_000, 2), (25, 92_000, 3)):
        mark_prices.move([Quote("PERP_BTC_USDC", Decimal(mark), volume=Decimal(volume))], NOON + timedelta(hours=hours))
    time_machine.move_to(NOON + timedelta(hours=25), tick=False)
    row = ask("futures/PERP_BTC_USDC")
    names = ("24h_open", "24h_low", "24h_high", "24h_close", "24h_volume")
    assert [row[name] for name in names] == [91_000, 89_000, 92_000, 92_000, 6]


def test_open_interest_counts_both_sides(account: Account) -> None:
    paper_orders.place(account.pk, buy("0.02"))
    assert ask("futures/PERP_BTC_USDC")["open_interest"] == 0.02


def test_market_trades_of_all_traders_are_listed_newest_first(account: Account) -> None:
    for quantity in ("0.01", "0.02", "0.03"):
        paper_orders.place(account.pk, buy(quantity))
    rows = ask("market_trades?symbol=PERP_BTC_USDC&limit=2")["rows"]
    assert ([row["executed_quantity"] for row in rows], "order_id" in rows[0]) == ([0.03, 0.02], False)


def test_funding_times_are_one_period_apart() -> None:
    row = ask("funding_rate/PERP_BTC_USDC")
    assert row["next_funding_time"] - row["last_funding_rate_timestamp"] == 8 * 3_600_000


def test_every_market_has_a_funding_rate() -> None:
    assert len(ask("funding_rates")["rows"]) == Market.objects.count()


@pytest.mark.parametrize(("end", "found"), [(NOON, 0), (NOON + timedelta(days=1), 3)])
@pytest.mark.parametrize("unit", [1, 1000])  # ccxt sends the end in seconds
def test_past_fundings_are_listed(end: datetime, found: int, unit: int) -> None:
    for hours in range(0, 25, 8):
        mark_prices.move([Quote("PERP_BTC_USDC", Decimal(95_000))], NOON + timedelta(hours=hours))
    query = f"symbol=PERP_BTC_USDC&start_t={ms(NOON)}&end_t={ms(end) // unit}"
    assert len(ask(f"funding_rate_history?{query}")["rows"]) == found


# -- Signed market data ----------------------------------------------------------------------------------------------


def test_order_book_has_the_best_prices_first(bot: ApiClient) -> None:
    data = bot.get("/v1/orderbook/PERP_BTC_USDC?max_level=3").json()["data"]
    assert [level["price"] for level in data["asks"]] == [95_004.8, 95_014.3, 95_023.8]
    assert [level["price"] for level in data["bids"]] == [94_995.2, 94_985.7, 94_976.2]


@pytest.mark.parametrize(("type", "starts"), [("1m", 2), ("5m", 1), ("1d", 1), ("1w", 1), ("1mon", 1), ("1y", 1)])
def test_candles_have_every_length(bot: ApiClient, type: str, starts: int) -> None:
    for minutes, mark in ((0, 90_000), (0.5, 91_000), (1, 89_000)):
        mark_prices.move([Quote("PERP_BTC_USDC", Decimal(mark))], NOON + timedelta(minutes=minutes))
    rows = bot.get(f"/v1/kline?symbol=PERP_BTC_USDC&type={type}&limit=10").json()["data"]["rows"]
    assert (len(rows), rows[0]["close"], rows[-1]["open"]) == (starts, 89_000, 90_000)


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("orderbook/PERP_NONE_USDC", "symbol"),
        ("orderbook/PERP_BTC_USDC?max_level=0", "max_level"),
        ("kline?type=1m", "symbol"),
        ("kline?symbol=PERP_BTC_USDC&type=2m", "type"),
        ("kline?symbol=PERP_BTC_USDC&type=1m&limit=0", "limit"),
    ],
)
def test_invalid_parameter_is_rejected_by_name(bot: ApiClient, path: str, field: str) -> None:
    answer = bot.get(f"/v1/{path}")
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (400, -1005, field)
