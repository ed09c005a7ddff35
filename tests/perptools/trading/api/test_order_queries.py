"""Finding orders and trades."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from perptools.trading.models import Candle, Market
from tests.support.api_clients import ApiClient
from tests.support.factories import BOTH, make_key
from tests.support.order_calls import place


def test_client_order_id_finds_its_newest_order(bot: ApiClient) -> None:
    place(bot, order_type="MARKET", client_order_id="mine")
    newest = place(bot, client_order_id="mine")
    assert bot.get("/v1/client/order/mine").json()["data"]["order_id"] == newest


def test_trade_is_found_in_the_list_by_its_order_and_by_its_id(bot: ApiClient) -> None:
    number = place(bot, order_type="MARKET")
    trade = bot.get("/v1/trades").json()["data"]["rows"][0]
    by_order = bot.get(f"/v1/order/{number}/trades").json()["data"]["rows"]
    assert ([trade], bot.get(f"/v1/trade/{trade['id']}").json()["data"]) == (by_order, trade)


def test_trade_says_taker_as_a_number(bot: ApiClient) -> None:
    place(bot, order_type="MARKET")
    assert b'"is_maker":0' in bot.get("/v1/trades").content


@pytest.mark.parametrize(
    "path", ["order/999999", "order/999999999999999999", "order/1/trades", "client/order/none", "trade/1"]
)
def test_unknown_order_is_not_found(bot: ApiClient, path: str) -> None:
    answer = bot.get(f"/v1/{path}")
    assert (answer.status_code, answer.json()["code"]) == (400, -1006)


@pytest.mark.parametrize("path", ["order/{order}", "order/{order}/trades", "client/order/mine", "trade/{trade}"])
def test_other_accounts_orders_and_trades_are_not_found(bot: ApiClient, path: str) -> None:
    place(bot, order_type="MARKET", client_order_id="mine")
    trade = bot.get("/v1/trades").json()["data"]["rows"][0]
    stranger = make_key(permissions=BOTH).client()
    assert stranger.get(f"/v1/{path}".format(order=trade["order_id"], trade=trade["id"])).json()["code"] == -1006


@pytest.mark.parametrize("path", ["algo/order", "algo/orders", "algo/order/1", "algo/client/order"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_algo_orders_are_not_offered(path: str, method: str) -> None:
    answer = ApiClient().request(method, f"/v1/{path}", {} if method in ("POST", "PUT") else b"")
    assert (answer.status_code, answer.json()["code"], "Stop" in answer.json()["message"]) == (404, -1000, True)


@pytest.mark.parametrize("path", ["orders", "trades", "asset/history", "funding_fee/history"])
def test_too_long_list_is_cut_and_says_so(bot: ApiClient, path: str) -> None:
    answer = bot.get(f"/v1/{path}?size=1000")
    assert (answer.status_code, answer.json()["data"]["meta"]["records_per_page"]) == (200, 500)


@pytest.mark.parametrize(
    ("path", "rows", "most"),
    [
        ("orderbook/PERP_BTC_USDC?max_level=5000", "asks", 50),
        ("kline?symbol=PERP_BTC_USDC&type=1m&limit=5000", "rows", 1000),
    ],
)
def test_too_long_order_book_and_candles_are_cut(bot: ApiClient, path: str, rows: str, most: int) -> None:
    bitcoin, noon = Market.objects.get(symbol="PERP_BTC_USDC"), datetime(2026, 11, 22, 12, tzinfo=UTC)
    prices = dict.fromkeys(("open", "high", "low", "close"), 95_000)
    Candle.objects.bulk_create(
        Candle(market=bitcoin, resolution="1m", starts_at=noon - timedelta(minutes=number), **prices)
        for number in range(1_100)
    )
    assert len(bot.get(f"/v1/{path}").json()["data"][rows]) == most


@pytest.mark.parametrize("unit", [1, 1000], ids=["seconds", "milliseconds"])
@pytest.mark.parametrize("path", ["orders", "trades"])
def test_timestamps_can_be_seconds_or_milliseconds(bot: ApiClient, path: str, unit: int) -> None:
    place(bot, order_type="MARKET")
    now = int(time.time())
    found = {
        "later": f"start_t={(now + 60) * unit}",
        "earlier": f"start_t={(now - 120) * unit}&end_t={(now - 60) * unit}",
        "around": f"start_t={(now - 60) * unit}&end_t={(now + 60) * unit}",
        "since": f"start_t={(now - 60) * unit}",
    }
    totals = {name: bot.get(f"/v1/{path}?{query}").json()["data"]["meta"]["total"] for name, query in found.items()}
    assert totals == {"later": 0, "earlier": 0, "around": 1, "since": 1}
