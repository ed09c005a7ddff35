"""Unmodified ccxt trades here: the base URL is the only change. Over HTTP, against gunicorn."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import ccxt
import ccxt.async_support
import pytest
from django.utils import timezone

from apikeys.models import Account
from perptools.trading.market_data import mark_prices
from perptools.trading.market_data.mark_prices import Quote
from perptools.trading.paper import orders as paper_orders
from tests.perptools.trading.tickets import buy
from tests.support.factories import BOTH, READ, TRADING, make_key, make_trader
from tests.support.servers import Server

pytestmark = pytest.mark.server

BTC, ETH = "BTC/USDC:USDC", "ETH/USDC:USDC"


@pytest.fixture
def trader(server: Server) -> Account:
    return make_trader().account


@pytest.fixture(params=["woofipro", "modetrade"])
def exchange(request: pytest.FixtureRequest, server: Server, trader: Account) -> Any:
    return exchange_for(trader, server, getattr(ccxt, request.param))


@pytest.fixture
def woofi(server: Server, trader: Account) -> Any:
    return exchange_for(trader, server, ccxt.woofipro)


def exchange_for(account: Account, server: Server, kind: Callable[[dict[str, Any]], Any], *, may: Any = BOTH) -> Any:
    return kind(config(account, server, may))


def config(account: Account, server: Server, may: Any = BOTH) -> dict[str, Any]:
    """What a trader types in, with a key of its own."""
    held = make_key(account, permissions=may)
    return {
        "apiKey": held.key.public_id,
        "secret": held.secret,
        "accountId": account.account_id,
        "enableRateLimit": False,
        "urls": {"api": {"public": server.url, "private": server.url}},
    }


# -- Markets ---------------------------------------------------------------------------------------------------------


def test_markets_load_with_their_rules(exchange: Any) -> None:
    market = exchange.load_markets()[BTC]
    assert (market["precision"], market["limits"]["cost"]["min"]) == ({"amount": 0.00001, "price": 0.1}, 10)


def test_the_time_and_the_status_are_told(woofi: Any) -> None:
    assert (woofi.fetch_status()["status"], woofi.fetch_time() > 1_700_000_000_000) == ("ok", True)


def test_usdc_is_the_currency(exchange: Any) -> None:
    assert list(exchange.fetch_currencies()) == ["USDC"]


def test_market_trades_are_found(woofi: Any, trader: Account) -> None:
    paper_orders.place(trader.pk, buy("0.01"))
    trade = woofi.fetch_trades(BTC, limit=5)[0]
    assert (trade["side"], trade["price"], trade["amount"]) == ("buy", 95_004.8, 0.01)


def test_funding_rates_are_found(exchange: Any) -> None:
    rate = exchange.fetch_funding_rate(BTC)
    assert (rate["fundingRate"], rate["interval"]) == (0.0001, "8h")
    assert BTC in exchange.fetch_funding_rates()


def test_funding_history_is_found_though_its_end_comes_in_seconds(woofi: Any, trader: Account) -> None:
    funded(trader)
    found = woofi.fetch_funding_rate_history(BTC, limit=10, params={"until": woofi.milliseconds() + 86_400_000})
    assert [row["fundingRate"] for row in found] == [0.0001]


def test_the_order_book_is_found(exchange: Any) -> None:
    book = exchange.fetch_order_book(BTC, 2)
    assert (book["bids"][0][0], book["asks"][0][0], len(book["bids"])) == (94_995.2, 95_004.8, 2)


def test_candles_are_found(exchange: Any) -> None:
    mark_prices.move([Quote("PERP_BTC_USDC", Decimal(95_500), volume=Decimal(3))])
    for timeframe in ("1m", "1h", "1M"):
        assert exchange.fetch_ohlcv(BTC, timeframe, limit=5)[-1][1:] == [95_500, 95_500, 95_500, 95_500, 3]


def test_prices_of_futures_are_found_by_the_implicit_method(woofi: Any) -> None:
    rows = woofi.v1PublicGetPublicFutures()["data"]["rows"]
    assert next(row for row in rows if row["symbol"] == "PERP_BTC_USDC")["mark_price"] == "95000"


# -- The account -----------------------------------------------------------------------------------------------------


def test_the_balance_is_found(exchange: Any) -> None:
    assert exchange.fetch_balance()["total"]["USDC"] == 10_000


def test_modetrade_also_finds_what_is_free(server: Server, trader: Account) -> None:
    assert exchange_for(trader, server, ccxt.modetrade).fetch_balance()["free"]["USDC"] == 10_000


def test_positions_are_found(exchange: Any, trader: Account) -> None:
    paper_orders.place(trader.pk, buy("0.02"))
    found = exchange.fetch_positions()[0]
    assert [found[name] for name in ("symbol", "contracts", "side", "entryPrice", "markPrice")] == [
        BTC, 0.02, "long", 95_004.8, 95_000,
    ]  # fmt: skip


def test_a_flat_position_is_found_too(woofi: Any) -> None:
    assert woofi.fetch_position(ETH)["contracts"] == 0


def test_leverage_is_set_and_found(exchange: Any) -> None:
    exchange.set_leverage(25, BTC)
    assert exchange.fetch_leverage(BTC)["longLeverage"] == 25


def test_fees_are_found(exchange: Any) -> None:
    fees = exchange.fetch_trading_fees()[BTC]
    assert (fees["taker"], fees["maker"]) == (0.0005, 0.0002)


def test_deposits_are_found(woofi: Any) -> None:
    row = woofi.fetch_deposits("USDC")[0]
    assert (row["amount"], row["type"], row["status"]) == (10_000, "deposit", "ok")


def test_the_ledger_is_found(woofi: Any) -> None:
    row = woofi.fetch_ledger("USDC")[0]
    assert (row["amount"], row["direction"]) == (10_000, "in")


def test_there_are_no_withdrawals(woofi: Any) -> None:
    assert woofi.fetch_withdrawals("USDC") == []


def test_funding_payments_are_found(woofi: Any, trader: Account) -> None:
    paper_orders.place(trader.pk, buy("0.01"))
    funded(trader)
    row = woofi.fetch_funding_history(BTC)[0]
    assert (row["amount"], row["symbol"]) == (-0.095, BTC)


def funded(trader: Account) -> None:
    """Let a funding pass."""
    for hours in (0, 8):
        mark_prices.move([Quote("PERP_BTC_USDC", Decimal(95_000))], timezone.now() + timedelta(hours=hours))


# -- Orders ----------------------------------------------------------------------------------------------------------


def test_a_market_order_fills(exchange: Any) -> None:
    number = exchange.create_order(BTC, "market", "buy", 0.01)["id"]
    order = exchange.fetch_order(number, BTC)
    assert [order[name] for name in ("status", "filled", "average", "remaining", "type")] == [
        "closed", 0.01, 95_004.8, 0, "market",
    ]  # fmt: skip


def test_a_limit_order_rests_until_it_is_cancelled(exchange: Any) -> None:
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
def test_each_time_in_force_arrives(woofi: Any, params: dict[str, Any], type: str, time_in_force: str) -> None:
    number = woofi.create_order(BTC, "limit", "buy", 0.01, 90_000, params)["id"]
    order = woofi.fetch_order(number, BTC)
    assert (order["type"], order["timeInForce"]) == (type, time_in_force)


def test_a_reduce_only_order_closes(woofi: Any) -> None:
    woofi.create_order(BTC, "market", "buy", 0.01)
    woofi.create_order(BTC, "market", "sell", 0.5, params={"reduceOnly": True})
    assert woofi.fetch_positions() == []


def test_an_order_is_edited(exchange: Any) -> None:
    number = exchange.create_order(BTC, "limit", "buy", 0.01, 90_000)["id"]
    exchange.edit_order(number, BTC, "limit", "buy", 0.02, 91_000)
    order = exchange.fetch_order(number, BTC)
    assert (order["amount"], order["price"]) == (0.02, 91_000)


def test_an_order_is_found_and_cancelled_by_its_client_id(exchange: Any) -> None:
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


def test_a_bad_order_of_a_batch_is_rejected_alone(woofi: Any) -> None:
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


def test_trades_are_found(exchange: Any) -> None:
    number = exchange.create_order(BTC, "market", "buy", 0.01)["id"]
    trade = exchange.fetch_my_trades(BTC)[0]
    assert exchange.fetch_order_trades(number, BTC)[0]["id"] == trade["id"]
    assert [trade[name] for name in ("order", "takerOrMaker", "price")] == [number, "taker", 95_004.8]
    assert trade["fee"] == {"cost": 0.475024, "currency": "USDC"}


LIMIT = {"symbol": BTC, "type": "limit", "side": "buy", "amount": 0.01, "price": 90_000}


# -- What goes wrong -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda bot: bot.create_order(BTC, "market", "buy", 5), ccxt.InsufficientFunds),
        (lambda bot: bot.create_order(BTC, "limit", "buy", 0.0001, 90_000), ccxt.InvalidOrder),  # too little value
        (lambda bot: bot.create_order(BTC, "limit", "buy", 0.01, 99_000), ccxt.InvalidOrder),  # too far
        (lambda bot: bot.create_order(BTC, "limit", "buy", 25, 90_000), ccxt.InvalidOrder),  # too much
        (lambda bot: bot.create_order(BTC, "limit", "buy", 0.01), ccxt.BadRequest),  # no price
        (lambda bot: bot.create_order(BTC, "limit", "buy", 0.01, 90_000, {"reduceOnly": True}), ccxt.BadRequest),
        (lambda bot: bot.create_order(BTC, "limit", "buy", 0.01, 90_000, {"triggerPrice": 91_000}), ccxt.ExchangeError),
        (lambda bot: bot.create_order(BTC, "limit", "buy", 0.01, 250_000), ccxt.InvalidOrder),  # beyond quote_max
        (lambda bot: bot.create_order(BTC, "limit", "buy", 0.01, 90_000, {"clientOrderId": "-x"}), ccxt.BadRequest),
        (lambda bot: bot.create_orders([LIMIT] * 11), ccxt.BadRequest),
        (lambda bot: bot.fetch_orders(BTC, limit=501), ccxt.BadRequest),
        (lambda bot: bot.cancel_order(None, BTC, {"clientOrderId": "none"}), ccxt.InvalidOrder),
        (lambda bot: bot.fetch_order(None, BTC, {"clientOrderId": "none"}), ccxt.InvalidOrder),
        (lambda bot: bot.fetch_order_trades("999", BTC), ccxt.InvalidOrder),
        (lambda bot: bot.v1PublicGetGetAccount({"address": "0x", "broker_id": "b"}), ccxt.ExchangeError),  # not served
        (lambda bot: bot.v1PrivatePostClientSetOrderlyKeyIpRestriction({}), ccxt.AuthenticationError),
        (lambda bot: bot.cancel_order("999", BTC), ccxt.InvalidOrder),
        (lambda bot: bot.fetch_order("999", BTC), ccxt.InvalidOrder),
        (lambda bot: bot.cancel_orders(["998", "999"], BTC), ccxt.InvalidOrder),
        (lambda bot: bot.edit_order("999", BTC, "limit", "buy", 0.01, 90_000), ccxt.InvalidOrder),
    ],
)
def test_each_refusal_is_the_exception_that_ccxt_knows(
    woofi: Any, call: Callable[[Any], object], error: type[Exception]
) -> None:
    with pytest.raises(error) as raised:
        call(woofi)
    assert type(raised.value) is error


def test_a_used_client_order_id_is_a_bad_request(woofi: Any) -> None:
    woofi.create_order(BTC, "limit", "buy", 0.01, 90_000, {"clientOrderId": "same"})
    with pytest.raises(ccxt.BadRequest):
        woofi.create_order(BTC, "limit", "buy", 0.01, 90_000, {"clientOrderId": "same"})


def test_a_key_without_the_permission_is_an_authentication_error(server: Server, trader: Account) -> None:
    reader = exchange_for(trader, server, ccxt.woofipro, may=READ)
    writer = exchange_for(trader, server, ccxt.woofipro, may=TRADING)
    for refused in (lambda: reader.create_order(BTC, "market", "buy", 0.01), lambda: writer.fetch_balance()):
        with pytest.raises(ccxt.AuthenticationError):
            refused()


def test_a_leverage_that_the_positions_cannot_have_is_insufficient_funds(woofi: Any, trader: Account) -> None:
    paper_orders.place(trader.pk, buy("0.5"))
    with pytest.raises(ccxt.InsufficientFunds):
        woofi.set_leverage(2, BTC)


@pytest.mark.parametrize(
    "wrong", [{"secret": "ed25519:" + "2" * 44}, {"accountId": "0x" + "0" * 64}, {"apiKey": "ed25519:" + "2" * 44}]
)
def test_a_wrong_credential_is_an_authentication_error(server: Server, trader: Account, wrong: dict[str, str]) -> None:
    with pytest.raises(ccxt.AuthenticationError):
        ccxt.woofipro(config(trader, server) | wrong).fetch_balance()


# -- The asynchronous classes, where they differ: sessions, signing, the whole way of an order -----------------------


@pytest.mark.parametrize("name", ["woofipro", "modetrade"])
def test_the_asynchronous_classes_trade_too(server: Server, trader: Account, name: str) -> None:
    typed_in = config(trader, server)

    async def trade() -> tuple[object, ...]:
        async with getattr(ccxt.async_support, name)(typed_in) as exchange:
            await exchange.load_markets()
            resting = await exchange.create_order(BTC, "limit", "buy", 0.01, 90_000, {"clientOrderId": "async:1"})
            filled = await exchange.create_order(BTC, "market", "sell", 0.01)
            order, balance, held = await asyncio.gather(
                exchange.fetch_order(filled["id"], BTC), exchange.fetch_balance(), exchange.fetch_positions()
            )
            await exchange.cancel_orders([resting["id"]], BTC)
            left = await exchange.fetch_open_orders(BTC)
        return order["status"], balance["total"]["USDC"] < 10_000, held[0]["side"], left

    assert asyncio.run(trade()) == ("closed", True, "short", [])
