"""Unmodified ccxt trades, also with its asynchronous classes. Over HTTP, with gunicorn."""

import asyncio
from typing import Any

import ccxt
import ccxt.async_support
import pytest

from apikeys.models import Account
from tests.support.ccxt_clients import BTC, ETH, config
from tests.support.servers import Server

pytestmark = pytest.mark.server


def test_market_order_fills(exchange: Any) -> None:
    number = exchange.create_order(BTC, "market", "buy", 0.01)["id"]
    order = exchange.fetch_order(number, BTC)
    assert [order[name] for name in ("status", "filled", "average", "remaining", "type")] == [
        "closed", 0.01, 95_004.8, 0, "market",
    ]  # fmt: skip


def test_limit_order_rests_until_it_is_cancelled(exchange: Any) -> None:
    number = exchange.create_order(BTC, "limit", "buy", 0.01, 90_000)["id"]
    assert exchange.fetch_order(number, BTC)["status"] == "open"
    exchange.cancel_order(number, BTC)
    assert exchange.fetch_order(number, BTC)["status"] == "canceled"


@pytest.mark.parametrize(
    ("params", "type", "time_in_force"),
    [
        ({"timeInForce": "IOC"}, "ioc", "IOC"),
        ({"timeInForce": "FOK"}, "fok", "FOK"),
        ({"postOnly": True}, "post_only", "PO"),
    ],
)
def test_each_time_in_force_is_passed_on(woofi: Any, params: dict[str, Any], type: str, time_in_force: str) -> None:
    number = woofi.create_order(BTC, "limit", "buy", 0.01, 90_000, params)["id"]
    order = woofi.fetch_order(number, BTC)
    assert (order["type"], order["timeInForce"]) == (type, time_in_force)


def test_reduce_only_order_closes_a_position(woofi: Any) -> None:
    woofi.create_order(BTC, "market", "buy", 0.01)
    woofi.create_order(BTC, "market", "sell", 0.5, params={"reduceOnly": True})
    assert woofi.fetch_positions() == []


def test_order_is_edited(exchange: Any) -> None:
    number = exchange.create_order(BTC, "limit", "buy", 0.01, 90_000)["id"]
    exchange.edit_order(number, BTC, "limit", "buy", 0.02, 91_000)
    order = exchange.fetch_order(number, BTC)
    assert (order["amount"], order["price"]) == (0.02, 91_000)


def test_order_is_found_and_cancelled_by_its_client_id(exchange: Any) -> None:
    exchange.create_order(BTC, "limit", "buy", 0.01, 90_000, {"clientOrderId": "mine-1"})
    exchange.cancel_order(None, BTC, {"clientOrderId": "mine-1"})
    assert exchange.fetch_order(None, BTC, {"clientOrderId": "mine-1"})["status"] == "canceled"


def test_orders_are_created_and_cancelled_in_batches(exchange: Any) -> None:
    wanted = [
        {"symbol": BTC, "type": "limit", "side": "buy", "amount": 0.01, "price": price} for price in (90_000, 91_000)
    ]
    numbers = [order["id"] for order in exchange.create_orders(wanted)]
    assert len(exchange.fetch_open_orders(BTC)) == 2
    exchange.cancel_orders(numbers, BTC)
    assert exchange.fetch_open_orders(BTC) == []


def test_invalid_order_of_a_batch_is_rejected_alone(woofi: Any) -> None:
    wanted = [
        {"symbol": BTC, "type": "limit", "side": "buy", "amount": 0.01, "price": price} for price in (90_000, 99_000)
    ]
    assert [order["status"] for order in woofi.create_orders(wanted)] == ["open", "rejected"]


def test_orders_are_cancelled_by_their_client_ids(woofi: Any) -> None:
    for name in ("a", "b"):
        woofi.create_order(BTC, "limit", "buy", 0.01, 90_000, {"clientOrderId": name})
    woofi.cancel_orders([], BTC, {"clientOrderIds": ["a", "b"]})
    assert woofi.fetch_open_orders(BTC) == []


def test_all_orders_are_cancelled(exchange: Any) -> None:
    exchange.create_order(BTC, "limit", "buy", 0.01, 90_000)
    exchange.cancel_all_orders(BTC)
    exchange.cancel_all_orders()
    assert exchange.fetch_open_orders() == []


def test_orders_are_listed_by_status(exchange: Any) -> None:
    exchange.create_order(BTC, "limit", "buy", 0.01, 90_000)
    exchange.create_order(ETH, "market", "sell", 0.1)
    listed = [
        exchange.fetch_orders(),
        exchange.fetch_open_orders(),
        exchange.fetch_closed_orders(),
        exchange.fetch_orders(ETH),
    ]
    assert [len(orders) for orders in listed] == [2, 1, 1, 1]


def test_orders_are_listed_by_time(woofi: Any) -> None:
    before = woofi.milliseconds() - 60_000
    woofi.create_order(BTC, "limit", "buy", 0.01, 90_000)
    found = [woofi.fetch_orders(BTC, since=before), woofi.fetch_orders(BTC, params={"until": before})]
    assert [len(orders) for orders in found] == [1, 0]


def test_trades_are_read(exchange: Any) -> None:
    number = exchange.create_order(BTC, "market", "buy", 0.01)["id"]
    trade = exchange.fetch_my_trades(BTC)[0]
    assert exchange.fetch_order_trades(number, BTC)[0]["id"] == trade["id"]
    assert [trade[name] for name in ("order", "takerOrMaker", "price")] == [number, "taker", 95_004.8]
    assert trade["fee"] == {"cost": 0.475024, "currency": "USDC"}


@pytest.mark.parametrize("name", ["woofipro", "modetrade"])
def test_asynchronous_classes_trade_too(server: Server, trader: Account, name: str) -> None:
    typed_in = config(trader, server)

    async def trade() -> tuple[object, ...]:
        async with getattr(ccxt.async_support, name)(typed_in) as exchange:
            await exchange.load_markets()
            resting = await exchange.create_order(BTC, "limit", "buy", 0.01, 90_000, {"clientOrderId": "async:1"})
            filled = await exchange.create_order(BTC, "market", "sell", 0.01)
            order, balance, issued = await asyncio.gather(
                exchange.fetch_order(filled["id"], BTC), exchange.fetch_balance(), exchange.fetch_positions()
            )
            await exchange.cancel_orders([resting["id"]], BTC)
            left = await exchange.fetch_open_orders(BTC)
        return order["status"], balance["total"]["USDC"] < 10_000, issued[0]["side"], left

    assert asyncio.run(trade()) == ("closed", True, "short", [])


def test_list_longer_than_a_response_is_cut(exchange: Any) -> None:
    exchange.create_order(BTC, "limit", "buy", 0.01, 90_000)
    assert len(exchange.fetch_orders(BTC, limit=1000)) == 1
