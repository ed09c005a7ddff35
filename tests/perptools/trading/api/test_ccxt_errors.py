"""The exceptions that ccxt raises for rejections. Over HTTP, with gunicorn."""

from collections.abc import Callable
from typing import Any

import ccxt
import ccxt.async_support
import httpx
import pytest

from apikeys.models import Account
from perptools.trading.paper import orders as paper_orders
from tests.perptools.trading.order_requests import buy
from tests.support.ccxt_clients import BTC, LIMIT, config, exchange_for
from tests.support.factories import READ, TRADING
from tests.support.servers import Server

pytestmark = pytest.mark.server


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
def test_each_rejection_is_the_matching_ccxt_exception(
    woofi: Any, call: Callable[[Any], object], error: type[Exception]
) -> None:
    with pytest.raises(error) as raised:
        call(woofi)
    assert type(raised.value) is error


def test_used_client_order_id_is_a_bad_request(woofi: Any) -> None:
    woofi.create_order(BTC, "limit", "buy", 0.01, 90_000, {"clientOrderId": "same"})
    with pytest.raises(ccxt.BadRequest):
        woofi.create_order(BTC, "limit", "buy", 0.01, 90_000, {"clientOrderId": "same"})


def test_missing_permission_is_an_authentication_error(server: Server, trader: Account) -> None:
    reader = exchange_for(trader, server, ccxt.woofipro, may=READ)
    writer = exchange_for(trader, server, ccxt.woofipro, may=TRADING)
    for refused in (lambda: reader.create_order(BTC, "market", "buy", 0.01), lambda: writer.fetch_balance()):
        with pytest.raises(ccxt.AuthenticationError):
            refused()


def test_leverage_too_high_for_the_positions_is_insufficient_funds(woofi: Any, trader: Account) -> None:
    paper_orders.place(trader.pk, buy("0.5"))
    with pytest.raises(ccxt.InsufficientFunds):
        woofi.set_leverage(2, BTC)


@pytest.mark.parametrize(
    "wrong", [{"secret": "ed25519:" + "2" * 44}, {"accountId": "0x" + "0" * 64}, {"apiKey": "ed25519:" + "2" * 44}]
)
def test_wrong_credential_is_an_authentication_error(server: Server, trader: Account, wrong: dict[str, str]) -> None:
    with pytest.raises(ccxt.AuthenticationError):
        ccxt.woofipro(config(trader, server) | wrong).fetch_balance()


@pytest.mark.parametrize("path", ["//v1/whoami", "//v1/public/token", "//v1/order", "//v1", "///v1/whoami"])
def test_path_with_two_slashes_is_explained(server: Server, path: str) -> None:
    answer = httpx.get(f"{server.url}{path}")
    assert (answer.status_code, answer.json()["reason"]) == (404, "path_not_found")
    assert "Remove the slash at the end of your base URL." in answer.json()["message"]


def test_slash_at_the_end_of_the_base_url_is_explained(server: Server, trader: Account) -> None:
    slashed = {"public": f"{server.url}/", "private": f"{server.url}/"}
    exchange = ccxt.woofipro(config(trader, server) | {"urls": {"api": slashed}})
    with pytest.raises(ccxt.ExchangeError, match="Remove the slash at the end of your base URL") as told:
        exchange.fetch_balance()
    assert not isinstance(told.value, ccxt.NetworkError)  # which bots repeat forever
