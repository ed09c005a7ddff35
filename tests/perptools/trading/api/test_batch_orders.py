"""Several orders in one request."""

import pytest

from perptools.trading.models import Order
from tests.support.api_clients import ApiClient
from tests.support.order_calls import ORDER, look_up, place


def test_batch_places_each_order_independently(bot: ApiClient) -> None:
    orders = [ORDER, ORDER | {"order_price": "1"}, ORDER | {"client_order_id": "third"}]
    rows = bot.post("/v1/batch-order", {"orders": orders}).json()["data"]["rows"]
    assert [row.get("success", True) for row in rows] == [True, False, True]
    assert ("order_id" in rows[1], rows[1]["error_code"], Order.objects.count()) == (False, -1105, 2)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"side": "FOO"}, "side"),
        ({"side": None}, "side"),
        ({"order_type": ["LIMIT"]}, "order_type"),
        ({"order_quantity": "abc"}, "order_quantity"),
        ({"order_quantity": "１"}, "order_quantity"),
        ({"order_quantity": "1e40"}, "order_quantity"),
        ({"order_price": None}, "order_price"),
        ({"level": 10**30}, "level"),
        ({"symbol": {"base": "BTC"}}, "symbol"),
        ({"client_order_id": "-bad"}, "client_order_id"),
        ({"client_order_id": ""}, "client_order_id"),
        ({"client_order_id": -5}, "client_order_id"),
        ({"client_order_id": True}, "client_order_id"),
        ({"stop_price": 90_000}, "stop_price"),
        ({"margin_mode": "ISOLATED"}, "margin_mode"),
        ({"x" * 5000: 1}, "x" * 40 + "…"),
    ],
)
def test_malformed_order_of_a_batch_fails_alone(bot: ApiClient, wrong: dict[str, object], field: str) -> None:
    answer = bot.post("/v1/batch-order", {"orders": [ORDER, ORDER | wrong, ORDER]})
    rows = answer.json()["data"]["rows"]
    assert ([row.get("success", True) for row in rows], Order.objects.count()) == ([True, False, True], 2)
    assert (rows[1]["error_code"], rows[1]["reason"], rows[1]["field"]) == (-1005, "bad_parameter", field)
    assert rows[1]["error_message"].startswith(f"{field}: ")


@pytest.mark.parametrize("missing", ["symbol", "side", "order_type", "order_quantity"])
def test_incomplete_order_of_a_batch_fails_alone(bot: ApiClient, missing: str) -> None:
    lacking = {name: value for name, value in ORDER.items() if name != missing}
    rows = bot.post("/v1/batch-order", {"orders": [lacking, ORDER]}).json()["data"]["rows"]
    assert [(row.get("success", True), row.get("field")) for row in rows] == [(False, missing), (True, None)]


def test_malformed_order_of_a_batch_keeps_its_own_id(bot: ApiClient) -> None:
    order = ORDER | {"client_order_id": "mine", "order_quantity": "abc"}
    [row] = bot.post("/v1/batch-order", {"orders": [order]}).json()["data"]["rows"]
    assert (row["client_order_id"], row["side"], row["order_quantity"]) == ("mine", "BUY", None)


@pytest.mark.parametrize("path", ["order", "batch-order"])
def test_error_about_a_client_order_id_is_explained(bot: ApiClient, path: str) -> None:
    order = ORDER | {"client_order_id": "-bad"}
    answer = bot.post(f"/v1/{path}", order if path == "order" else {"orders": [order]})
    said = answer.content.decode()
    assert ("letters, digits" in said, "[A-Z" in said) == (True, False)


@pytest.mark.parametrize("orders", [[], [ORDER] * 11, "none", [1], None])
def test_batch_holds_one_to_ten_orders(bot: ApiClient, orders: object) -> None:
    answer = bot.post("/v1/batch-order", {"orders": orders})
    assert (answer.status_code, answer.json()["code"], Order.objects.count()) == (400, -1005, 0)


def test_open_orders_of_a_batch_are_cancelled(bot: ApiClient) -> None:
    open_one, final_one = place(bot), place(bot, order_type="MARKET")
    answer = bot.delete(f"/v1/batch-order?order_ids={open_one},{final_one},999")
    assert (answer.json()["data"], look_up(bot, open_one)["status"]) == ({"status": "CANCEL_ALL_SENT"}, "CANCELLED")


def test_batch_without_open_orders_is_rejected(bot: ApiClient) -> None:
    assert bot.delete("/v1/batch-order?order_ids=1,2").json()["code"] == -1006


@pytest.mark.parametrize("ids", ["", ",", "1,,2", "x", "1;2", "-1", ",".join(["1"] * 101), "9" * 40])
def test_list_of_ids_must_be_a_list(bot: ApiClient, ids: str) -> None:
    answer = bot.delete(f"/v1/batch-order?order_ids={ids}")
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (400, -1005, "order_ids")


def test_orders_are_cancelled_by_client_id(bot: ApiClient) -> None:
    first, second, third = (place(bot, client_order_id=name) for name in ("a", "b", "c"))
    bot.delete("/v1/client/order?client_order_id=a&symbol=PERP_BTC_USDC")
    bot.delete("/v1/client/batch-order?client_order_ids=b,c")
    assert {look_up(bot, number)["status"] for number in (first, second, third)} == {"CANCELLED"}


@pytest.mark.parametrize(("query", "left"), [("", 0), ("?symbol=PERP_BTC_USDC", 1), ("?symbol=PERP_ETH_USDC", 2)])
def test_all_orders_are_cancelled_on_one_market_or_on_all(bot: ApiClient, query: str, left: int) -> None:
    place(bot), place(bot)
    place(bot, symbol="PERP_ETH_USDC", side="SELL", order_price="3200", order_quantity=1)
    bot.delete(f"/v1/orders{query}")
    assert bot.get("/v1/orders?status=INCOMPLETE").json()["data"]["meta"]["total"] == left


def test_cancelling_all_without_orders_succeeds(bot: ApiClient) -> None:
    assert bot.delete("/v1/orders").json()["data"] == {"status": "CANCEL_ALL_SENT"}
