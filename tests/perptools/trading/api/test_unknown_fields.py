"""Fields that would change the meaning of a request are used, or rejected by name."""

from decimal import Decimal
from typing import Any

import ccxt
import pytest

from apikeys.models import Account
from perptools.trading.models import Balance, Fill, Order, Position
from tests.support.api_clients import ApiClient
from tests.support.ccxt_clients import BTC
from tests.support.order_calls import ORDER, look_up, place

MARKET = {"symbol": "PERP_BTC_USDC", "side": "SELL", "order_type": "MARKET", "order_quantity": "0.01"}
LIMIT = MARKET | {"order_type": "LIMIT", "order_price": "94000"}
ALGO = "stop, take-profit and trailing orders are not served here"


def is_rejected(answer: Any, field: str, says: str = "") -> bool:
    """Check that a response is 400/-1005, names a field, and says what to do instead, and that nothing was placed."""
    said = answer.json()
    assert (answer.status_code, said["code"], said["field"]) == (400, -1005, field), said
    assert says in said["message"]
    return not (Order.objects.exists() or Fill.objects.exists() or Position.objects.exclude(quantity=0).exists())


ORDERS = [
    (MARKET | {"stopLossPrice": 90_000}, "stopLossPrice", ALGO),
    (MARKET | {"takeProfitPrice": "99000"}, "takeProfitPrice", ALGO),
    (MARKET | {"trailingPercent": 1}, "trailingPercent", ALGO),
    (MARKET | {"trailing_percent": 1}, "trailing_percent", ALGO),
    (MARKET | {"trigger_price": "90000"}, "trigger_price", ALGO),
    (MARKET | {"triggerPrice": "90000"}, "triggerPrice", ALGO),
    (MARKET | {"stop_price": 90_000}, "stop_price", ALGO),
    (MARKET | {"algo_type": "STOP"}, "algo_type", ALGO),
    (MARKET | {"child_orders": []}, "child_orders", ALGO),
    (MARKET | {"stopLoss": {"triggerPrice": 1}}, "stopLoss", ALGO),
    (MARKET | {"callback_rate": "0.1"}, "callback_rate", ALGO),
    (MARKET | {"reduceOnly": True}, "reduceOnly", "Did you mean reduce_only?"),
    (MARKET | {"reduce-only": True}, "reduce-only", "Did you mean reduce_only?"),
    (MARKET | {"reduce_onyl": False}, "reduce_onyl", "Did you mean reduce_only?"),
    (LIMIT | {"post_only": True}, "post_only", "order_type POST_ONLY"),
    (LIMIT | {"postOnly": True}, "postOnly", "order_type POST_ONLY"),
    (LIMIT | {"timeInForce": "IOC"}, "timeInForce", "order_type IOC"),
    (LIMIT | {"order_type": "POST_ONLY", "post_only_adjust": True}, "post_only_adjust", "cancelled"),
    (MARKET | {"slippage": 0.0001}, "slippage", "order_type IOC"),
    (MARKET | {"margin_mode": "ISOLATED"}, "margin_mode", "only CROSS"),
    (MARKET | {"margin_mode": ""}, "margin_mode", "only CROSS"),
    (MARKET | {"leverage": 5}, "leverage", "POST /v1/client/leverage"),
    (MARKET | {"quantity": "0.5"}, "quantity", "order_quantity"),
    (MARKET | {"clientOrderId": "mine"}, "clientOrderId", "Did you mean client_order_id?"),
    (MARKET | {"wibble": 0}, "wibble", "This request takes symbol, side"),
    (MARKET | {"x" * 5000: 1}, "x" * 40 + "…", "unknown field"),
    (MARKET | {"\u202eevil": 1}, "\u202eevil", "unknown field"),
]


@pytest.mark.parametrize(("body", "field", "says"), ORDERS, ids=map(str, range(len(ORDERS))))
def test_order_with_an_unsupported_field_is_not_placed(
    bot: ApiClient, body: dict[str, Any], field: str, says: str
) -> None:
    assert is_rejected(bot.post("/v1/order", body), field, says)


@pytest.mark.parametrize(
    "harmless",
    [{"order_tag": "CCXT"}, {"margin_mode": "CROSS"}, {"margin_mode": None}, {"stop_price": None}, {"wibble": None}],
)
def test_fields_without_effect_are_accepted(bot: ApiClient, harmless: dict[str, Any]) -> None:
    assert bot.post("/v1/order", ORDER | harmless).status_code == 200
    placed = Order.objects.get()
    assert (placed.quantity, placed.tag) == (Decimal(str(ORDER["order_quantity"])), harmless.get("order_tag", ""))


OTHER_BODIES = [
    ("POST", "/v1/batch-order", {"orders": [ORDER], "atomic": True}, "atomic"),
    ("POST", "/v1/client/leverage", {"leverage": 5, "symbol": "PERP_NOPE_USDC"}, "symbol"),
    ("POST", "/v1/client/leverage", {"leverage": 5, "margin_mode": "ISOLATED"}, "margin_mode"),
    ("POST", "/v1/client/leverage", {"leverage": 5, "mode": "ISOLATED"}, "mode"),
    ("POST", "/v1/client/maintenance_config", {"maintenance_cancel_order_flag": True, "until": 5}, "until"),
    ("POST", "/v1/client/remove_orderly_key", {"orderly_key": "x", "key": "y"}, "key"),
]


@pytest.mark.parametrize(("method", "path", "body", "field"), OTHER_BODIES)
def test_every_body_that_changes_something_is_strict(
    bot: ApiClient, method: str, path: str, body: dict[str, Any], field: str
) -> None:
    assert is_rejected(bot.request(method, path, body), field)


CANCELS = [
    ("/v1/orders?Symbol=PERP_ETH_USDC", "Symbol"),
    ("/v1/orders?symbols=PERP_ETH_USDC", "symbols"),
    ("/v1/order?order_id=1&symbol=PERP_BTC_USDC&client_order_id=x", "client_order_id"),
    ("/v1/batch-order?order_ids=1&symbol=PERP_BTC_USDC", "symbol"),
]


@pytest.mark.parametrize(("target", "field"), CANCELS)
def test_cancel_with_a_misspelt_parameter_cancels_nothing(bot: ApiClient, target: str, field: str) -> None:
    number = place(bot)
    answer = bot.delete(target)
    assert (answer.status_code, answer.json()["field"]) == (400, field)
    assert look_up(bot, number)["status"] == "NEW"


def test_reads_tolerate_unknown_fields(bot: ApiClient) -> None:
    assert bot.get("/v1/orders?wibble=1&brokerId=x").json()["data"]["rows"] == []


# -- Amending --------------------------------------------------------------------------------------------------------


@pytest.fixture
def amended(bot: ApiClient) -> dict[str, Any]:
    """Return a body that amends an open order without changing it."""
    number = place(bot, client_order_id="mine")
    return {"order_id": number, "symbol": ORDER["symbol"], "side": ORDER["side"], "order_quantity": "0.02"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"order_type": "POST_ONLY"}, "order_type"),
        ({"order_type": "MARKET"}, "order_type"),
        ({"side": "SELL"}, "side"),
        ({"reduce_only": True}, "reduce_only"),
        ({"client_order_id": "other"}, "client_order_id"),
        ({"margin_mode": "ISOLATED"}, "margin_mode"),
        ({"visible_quantity": "0.01"}, "visible_quantity"),
        ({"order_amount": "100"}, "order_amount"),
        ({"trigger_price": 5}, "trigger_price"),
        ({"post_only": True}, "post_only"),
    ],
)
def test_impossible_amendment_is_not_half_applied(
    bot: ApiClient, amended: dict[str, Any], change: dict[str, Any], field: str
) -> None:
    answer = bot.request("PUT", "/v1/order", amended | change)
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (400, -1005, field)
    assert look_up(bot, amended["order_id"])["quantity"] == 0.01


@pytest.mark.parametrize(
    "same", [{"order_type": "LIMIT"}, {"reduce_only": False}, {"client_order_id": "mine"}, {"margin_mode": "CROSS"}]
)
def test_unchanged_fields_of_an_order_can_be_repeated(
    bot: ApiClient, amended: dict[str, Any], same: dict[str, Any]
) -> None:
    assert bot.request("PUT", "/v1/order", amended | same).status_code == 200
    assert look_up(bot, amended["order_id"])["quantity"] == 0.02


# -- Numbers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("five", [5, 5.0, "5", "5.0", "5e0"])
def test_whole_numbers_are_read_in_every_notation(bot: ApiClient, account: Account, five: object) -> None:
    assert bot.post("/v1/client/leverage", {"leverage": five}).status_code == 200
    assert Balance.objects.get(account=account).leverage == 5


@pytest.mark.parametrize("wrong", [5.5, "5.5", "five", "", True, [5], {}, "٥", "5 ", "0x5", "1" * 40, 1e300])
def test_fractions_are_rejected_for_whole_numbers(bot: ApiClient, wrong: object) -> None:
    answer = bot.post("/v1/client/leverage", {"leverage": wrong})
    assert (answer.status_code, answer.json()["code"]) == (400, -1005)


@pytest.mark.parametrize(("query", "field"), [("page=1.0&size=5.0", None), ("page=1.5", "page"), ("size=x", "size")])
def test_fractions_are_rejected_in_a_query(bot: ApiClient, query: str, field: str | None) -> None:
    assert bot.get(f"/v1/orders?{query}").json().get("field") == field


def test_client_order_id_can_be_a_number(bot: ApiClient) -> None:
    number = place(bot, client_order_id=12345)
    assert look_up(bot, number)["client_order_id"] == "12345"
    assert bot.get("/v1/client/order/12345").json()["data"]["order_id"] == number


# -- ccxt ------------------------------------------------------------------------------------------------------------


@pytest.mark.server
@pytest.mark.parametrize(
    "params", [{"stopLossPrice": 90_000}, {"takeProfitPrice": 99_000}, {"trailingPercent": 1}, {"slippage": 0.01}]
)
def test_ccxt_gets_the_error_before_anything_is_placed(exchange: Any, params: dict[str, Any]) -> None:
    with pytest.raises(ccxt.BadRequest, match=next(iter(params))):
        exchange.create_order(BTC, "market", "sell", 0.01, None, params)
    assert exchange.fetch_positions() == []


@pytest.mark.server
@pytest.mark.parametrize("params", [{"triggerPrice": 90_000}, {"stopLoss": {"triggerPrice": 90_000}}])
def test_missing_stop_orders_are_explained_to_ccxt(exchange: Any, params: dict[str, Any]) -> None:
    with pytest.raises(ccxt.ExchangeError, match="not served here"):
        exchange.create_order(BTC, "market", "sell", 0.01, None, params)
    assert exchange.fetch_positions() == []


@pytest.mark.server
@pytest.mark.parametrize(
    ("type", "price", "params", "status"),
    [
        ("limit", 90_000, {"timeInForce": "FOK"}, "canceled"),
        ("limit", 90_000, {"timeInForce": "IOC"}, "canceled"),
        ("limit", 96_000, {"postOnly": True}, "canceled"),
        ("market", None, {}, "closed"),
        ("limit", 96_000, {"timeInForce": "IOC"}, "closed"),
        ("limit", 90_000, {}, "open"),
    ],
)
def test_ccxt_reads_the_final_state_of_an_order(
    exchange: Any, type: str, price: float | None, params: dict[str, Any], status: str
) -> None:
    assert exchange.create_order(BTC, type, "buy", 0.01, price, params)["status"] == status
    batch = {"symbol": BTC, "type": type, "side": "buy", "amount": 0.01, "price": price, "params": params}
    assert [order["status"] for order in exchange.create_orders([batch])] == [status]


@pytest.mark.server
def test_ccxt_sets_the_leverage_to_a_float(exchange: Any, trader: Account) -> None:
    exchange.set_leverage(5.0)
    assert Balance.objects.get(account=trader).leverage == 5
