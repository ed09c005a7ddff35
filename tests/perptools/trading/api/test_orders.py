"""Placing, changing, cancelling and finding orders, as a key's holder does."""

from typing import Any

import pytest

from apikeys.models import Account
from perptools.trading.models import Order
from tests.support.api_clients import ApiClient
from tests.support.factories import BOTH, READ, TRADING, make_key

ORDER = {
    "symbol": "PERP_BTC_USDC",
    "order_type": "LIMIT",
    "side": "BUY",
    "order_price": "90000",
    "order_quantity": "0.01",
}
READS = ["orders", "order/1", "order/1/trades", "client/order/mine", "trades", "trade/1"]
WRITES = [
    ("POST", "order"),
    ("PUT", "order"),
    ("DELETE", "order"),
    ("DELETE", "client/order"),
    ("POST", "batch-order"),
    ("DELETE", "batch-order"),
    ("DELETE", "client/batch-order"),
    ("DELETE", "orders"),
]


def test_a_placed_order_answers_its_id_and_terms(bot: ApiClient) -> None:
    data = bot.post("/v1/order", ORDER | {"client_order_id": "my-1"}).json()["data"]
    assert (
        data["order_id"],
        data["client_order_id"],
        data["order_type"],
        data["order_price"],
        data["error_message"],
    ) == (
        Order.objects.get().pk,
        "my-1",
        "LIMIT",
        90_000,
        "none",
    )


def test_numbers_may_be_json_numbers_and_unknown_fields_are_ignored(bot: ApiClient) -> None:
    body = ORDER | {"order_price": 90000.5, "order_quantity": 1e-2, "margin_mode": "CROSS", "order_tag": "CCXT"}
    assert bot.post("/v1/order", body).status_code == 200


def test_an_open_order_is_listed_with_the_fields_clients_read(bot: ApiClient) -> None:
    bot.post("/v1/order", ORDER)
    row = bot.get("/v1/orders").json()["data"]["rows"][0]
    assert (row["status"], row["executed"], row["amount"], row["client_order_id"]) == ("NEW", 0, None, None)


def test_an_order_is_cancelled_by_id_and_symbol(bot: ApiClient) -> None:
    number = bot.post("/v1/order", ORDER).json()["data"]["order_id"]
    answer = bot.delete(f"/v1/order?order_id={number}&symbol=PERP_BTC_USDC")
    assert (answer.json()["data"], Order.objects.get().status) == ({"status": "CANCEL_SENT"}, "CANCELLED")


def test_a_final_order_cannot_be_cancelled(bot: ApiClient) -> None:
    number = bot.post("/v1/order", ORDER | {"order_type": "MARKET"}).json()["data"]["order_id"]
    answer = bot.delete(f"/v1/order?order_id={number}&symbol=PERP_BTC_USDC")
    assert (answer.status_code, answer.json()["code"]) == (400, -1006)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", 3),
        ("?status=INCOMPLETE", 2),
        ("?status=COMPLETED", 1),
        ("?status=NEW&side=BUY", 1),
        ("?symbol=PERP_ETH_USDC", 1),
        ("?symbol=PERP_NONE_USDC", 0),
        ("?order_type=MARKET", 1),
        ("?start_t=1600000000000&end_t=9999999999999", 3),
        ("?end_t=1600000000000", 0),
        ("?size=2&page=2", 1),
        ("?size=1&page=1000000", 0),
        ("?order_tag=CCXT&unknown=x", 0),
    ],
)
def test_orders_are_filtered_and_paged(bot: ApiClient, query: str, found: int) -> None:
    bot.post("/v1/order", ORDER)
    bot.post("/v1/order", ORDER | {"order_type": "MARKET", "side": "SELL"})
    bot.post(
        "/v1/order", ORDER | {"symbol": "PERP_ETH_USDC", "side": "SELL", "order_price": "3200", "order_quantity": 1}
    )
    assert len(bot.get(f"/v1/orders{query}").json()["data"]["rows"]) == found


def test_pages_say_how_much_there_is(bot: ApiClient) -> None:
    for _ in range(3):
        bot.post("/v1/order", ORDER)
    meta = bot.get("/v1/orders?size=2&page=2").json()["data"]["meta"]
    assert meta == {"total": 3, "records_per_page": 2, "current_page": 2}


def test_orders_come_newest_first_unless_asked_otherwise(bot: ApiClient) -> None:
    first, second = (bot.post("/v1/order", ORDER).json()["data"]["order_id"] for _ in range(2))
    listed = [bot.get(f"/v1/orders{query}").json()["data"]["rows"] for query in ("", "?sort_by=CREATED_TIME_ASC")]
    assert [[row["order_id"] for row in rows] for rows in listed] == [[second, first], [first, second]]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("size=0", "size"),
        ("size=501", "size"),
        ("page=0", "page"),
        ("status=OPEN", "status"),
        ("side=buy", "side"),
        ("start_t=yesterday", "start_t"),
        ("end_t=99999999999999999999", "end_t"),
        ("sort_by=price", "sort_by"),
        ("page=1&page=2", "page"),
    ],
)
def test_a_wrong_query_is_refused_by_field(bot: ApiClient, query: str, field: str) -> None:
    answer = bot.get(f"/v1/orders?{query}")
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (400, -1005, field)


WRONG_BODIES: list[tuple[dict[str, Any], int, str]] = [
    ({"symbol": 1}, -1005, "symbol"),
    ({"symbol": ""}, -1005, "symbol"),
    ({"symbol": "PERP_NONE_USDC"}, -1005, "symbol"),
    ({"side": "LONG"}, -1005, "side"),
    ({"order_type": "STOP"}, -1005, "order_type"),
    ({"order_price": None}, -1005, "order_price"),
    ({"order_price": "NaN"}, -1005, "order_price"),
    ({"order_price": True}, -1005, "order_price"),
    ({"order_price": "1e400"}, -1005, "order_price"),
    ({"order_price": 0}, -1005, "order_price"),
    ({"order_price": "90000.01"}, -1103, "order_price"),
    ({"order_price": 2**64}, -1005, "order_price"),
    ({"order_price": 10**17}, -1103, "order_price"),
    ({"order_price": "98000"}, -1105, "order_price"),
    ({"order_quantity": None}, -1005, "order_quantity"),
    ({"order_quantity": -1}, -1005, "order_quantity"),
    ({"order_quantity": 10**17}, -1104, "order_quantity"),
    ({"order_quantity": "0.0000000000001"}, -1104, "order_quantity"),
    ({"order_quantity": "0.0001"}, -1102, "order_quantity"),
    ({"order_type": "MARKET", "order_quantity": None, "order_amount": "1000.123456789"}, -1005, "order_amount"),
    ({"client_order_id": ""}, -1005, "client_order_id"),
    ({"client_order_id": "-leading"}, -1005, "client_order_id"),
    ({"client_order_id": "a" * 37}, -1005, "client_order_id"),
    ({"client_order_id": "line\n"}, -1005, "client_order_id"),
    ({"order_tag": "x" * 129}, -1005, "order_tag"),
    ({"reduce_only": "yes"}, -1005, "reduce_only"),
    ({"reduce_only": True}, -1012, "reduce_only"),
]


@pytest.mark.parametrize(("change", "code", "field"), WRONG_BODIES)
def test_a_wrong_order_is_refused_by_field_and_nothing_is_written(
    bot: ApiClient, change: dict[str, Any], code: int, field: str
) -> None:
    answer = bot.post("/v1/order", ORDER | change)
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (400, code, field)
    assert not Order.objects.exists()


def test_too_large_an_order_is_insufficient_margin(bot: ApiClient) -> None:
    answer = bot.post("/v1/order", ORDER | {"order_quantity": 5})
    assert (answer.status_code, answer.json()["code"], answer.json()["free_collateral"]) == (400, -1101, 10_000)


def test_an_open_client_order_id_is_a_conflict(bot: ApiClient) -> None:
    for _ in range(2):
        answer = bot.post("/v1/order", ORDER | {"client_order_id": "same"})
    assert (answer.status_code, answer.json()["code"]) == (409, -1007)


@pytest.mark.parametrize(
    ("query", "field"),
    [("symbol=PERP_BTC_USDC", "order_id"), ("order_id=x&symbol=PERP_BTC_USDC", "order_id"), ("order_id=1", "symbol")],
)
def test_a_cancellation_names_an_order_and_its_market(bot: ApiClient, query: str, field: str) -> None:
    answer = bot.delete(f"/v1/order?{query}")
    assert (answer.status_code, answer.json()["field"]) == (400, field)


# -- Changing --------------------------------------------------------------------------------------------------------


def place(bot: ApiClient, **changes: Any) -> int:
    """Place the order above, changed; and return its id."""
    return int(bot.post("/v1/order", ORDER | changes).json()["data"]["order_id"])


def amend(bot: ApiClient, number: object, **changes: Any) -> Any:
    body = {"order_id": number, "symbol": "PERP_BTC_USDC", "side": "BUY", "order_type": "LIMIT"}
    return bot.request("PUT", "/v1/order", body | changes)


def look_up(bot: ApiClient, number: int) -> dict[str, Any]:
    return dict(bot.get(f"/v1/order/{number}").json()["data"])


@pytest.mark.parametrize("as_sent", [str, int])
def test_an_edited_order_keeps_its_id_and_what_was_not_said(bot: ApiClient, as_sent: type) -> None:
    number = place(bot)
    assert amend(bot, as_sent(number), order_price="89000").json()["data"] == {"status": "EDIT_SENT"}
    row = look_up(bot, number)
    assert (row["price"], row["quantity"], row["status"]) == (89_000, 0.01, "NEW")


def test_an_order_edited_beyond_the_best_price_is_filled(bot: ApiClient) -> None:
    number = place(bot)
    amend(bot, number, order_price=96_000, order_quantity="0.02")
    assert (look_up(bot, number)["status"], look_up(bot, number)["executed"]) == ("FILLED", 0.02)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"order_id": 999_999}, -1006),
        ({"order_id": "x"}, -1005),
        ({"order_id": "9" * 30}, -1005),
        ({"order_id": 2**63}, -1005),
        ({"symbol": "PERP_ETH_USDC"}, -1006),
        ({"side": "SELL"}, -1005),
        ({"order_price": 0}, -1005),
        ({"order_price": "90000.01"}, -1103),
        ({"order_price": "98000"}, -1105),
        ({"order_quantity": "0.0000001"}, -1104),
        ({"order_quantity": "0.0001"}, -1102),
        ({"order_quantity": 5}, -1101),
    ],
)
def test_a_wrong_edit_changes_nothing(bot: ApiClient, changes: dict[str, Any], code: int) -> None:
    number = place(bot)
    before = look_up(bot, number)
    answer = amend(bot, number, **changes)
    assert (answer.status_code, answer.json()["code"], look_up(bot, number)) == (400, code, before)


@pytest.mark.parametrize(("visible", "after"), [(None, 0.02), ("0.005", 0.005), (0, 0)])
def test_a_grown_order_stays_as_visible_as_it_was(bot: ApiClient, visible: object, after: float) -> None:
    number = place(bot, visible_quantity=visible)
    amend(bot, number, order_quantity="0.02")
    assert look_up(bot, number)["visible_quantity"] == after


def test_a_final_order_cannot_be_edited(bot: ApiClient) -> None:
    assert amend(bot, place(bot, order_type="MARKET"), order_price=90_001).json()["code"] == -1006


def test_an_edit_below_what_is_executed_is_refused(bot: ApiClient) -> None:
    number = place(bot, order_price="95010", order_quantity="0.5")  # executes 0.05262
    assert amend(bot, number, order_quantity="0.05").json()["code"] == -1104


# -- Several at once -------------------------------------------------------------------------------------------------


def test_a_batch_places_each_order_for_itself(bot: ApiClient) -> None:
    orders = [ORDER, ORDER | {"order_price": "1"}, ORDER | {"client_order_id": "third"}]
    rows = bot.post("/v1/batch-order", {"orders": orders}).json()["data"]["rows"]
    assert [row["success"] for row in rows] == [True, False, True]
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
        ({"client_order_id": 10**30}, "client_order_id"),
    ],
)
def test_a_malformed_order_of_a_batch_fails_alone(bot: ApiClient, wrong: dict[str, object], field: str) -> None:
    answer = bot.post("/v1/batch-order", {"orders": [ORDER, ORDER | wrong, ORDER]})
    rows = answer.json()["data"]["rows"]
    assert ([row["success"] for row in rows], Order.objects.count()) == ([True, False, True], 2)
    assert (rows[1]["error_code"], rows[1]["reason"], rows[1]["field"]) == (-1005, "bad_parameter", field)
    assert rows[1]["error_message"].startswith(f"{field}: ")


@pytest.mark.parametrize("missing", ["symbol", "side", "order_type", "order_quantity"])
def test_an_order_of_a_batch_that_lacks_something_fails_alone(bot: ApiClient, missing: str) -> None:
    lacking = {name: value for name, value in ORDER.items() if name != missing}
    rows = bot.post("/v1/batch-order", {"orders": [lacking, ORDER]}).json()["data"]["rows"]
    assert [(row["success"], row.get("field")) for row in rows] == [(False, missing), (True, None)]


def test_a_malformed_order_of_a_batch_is_told_apart_by_its_own_id(bot: ApiClient) -> None:
    order = ORDER | {"client_order_id": "mine", "order_quantity": "abc"}
    [row] = bot.post("/v1/batch-order", {"orders": [order]}).json()["data"]["rows"]
    assert (row["client_order_id"], row["side"], row["order_quantity"]) == ("mine", "BUY", None)


@pytest.mark.parametrize("path", ["order", "batch-order"])
def test_what_is_wrong_with_a_client_order_id_is_said_in_words(bot: ApiClient, path: str) -> None:
    order = ORDER | {"client_order_id": "-bad"}
    answer = bot.post(f"/v1/{path}", order if path == "order" else {"orders": [order]})
    said = answer.content.decode()
    assert ("letters, digits" in said, "[A-Z" in said) == (True, False)


@pytest.mark.parametrize("orders", [[], [ORDER] * 11, "none", [1], None])
def test_a_batch_holds_one_to_ten_orders(bot: ApiClient, orders: object) -> None:
    answer = bot.post("/v1/batch-order", {"orders": orders})
    assert (answer.status_code, answer.json()["code"], Order.objects.count()) == (400, -1005, 0)


def test_a_batch_is_cancelled_as_far_as_it_is_open(bot: ApiClient) -> None:
    open_one, final_one = place(bot), place(bot, order_type="MARKET")
    answer = bot.delete(f"/v1/batch-order?order_ids={open_one},{final_one},999")
    assert (answer.json()["data"], look_up(bot, open_one)["status"]) == ({"status": "CANCEL_ALL_SENT"}, "CANCELLED")


def test_a_batch_of_which_nothing_is_open_is_refused(bot: ApiClient) -> None:
    assert bot.delete("/v1/batch-order?order_ids=1,2").json()["code"] == -1006


@pytest.mark.parametrize("ids", ["", ",", "1,,2", "x", "1;2", "-1", ",".join(["1"] * 101), "9" * 40])
def test_a_list_of_ids_must_be_one(bot: ApiClient, ids: str) -> None:
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


def test_cancelling_all_of_nothing_succeeds(bot: ApiClient) -> None:
    assert bot.delete("/v1/orders").json()["data"] == {"status": "CANCEL_ALL_SENT"}


# -- Looking ---------------------------------------------------------------------------------------------------------


def test_a_client_order_id_finds_its_newest_order(bot: ApiClient) -> None:
    place(bot, order_type="MARKET", client_order_id="mine")
    newest = place(bot, client_order_id="mine")
    assert bot.get("/v1/client/order/mine").json()["data"]["order_id"] == newest


def test_a_trade_is_found_in_the_list_by_its_order_and_by_its_id(bot: ApiClient) -> None:
    number = place(bot, order_type="MARKET")
    trade = bot.get("/v1/trades").json()["data"]["rows"][0]
    by_order = bot.get(f"/v1/order/{number}/trades").json()["data"]["rows"]
    assert ([trade], bot.get(f"/v1/trade/{trade['id']}").json()["data"]) == (by_order, trade)


def test_a_trade_says_taker_as_a_number(bot: ApiClient) -> None:
    place(bot, order_type="MARKET")
    assert b'"is_maker":0' in bot.get("/v1/trades").content


@pytest.mark.parametrize(
    "path", ["order/999999", "order/9999999999999999999999", "order/1/trades", "client/order/none", "trade/1"]
)
def test_what_is_not_there_is_not_found(bot: ApiClient, path: str) -> None:
    answer = bot.get(f"/v1/{path}")
    assert (answer.status_code, answer.json()["code"]) == (400, -1006)


@pytest.mark.parametrize("path", ["order/{order}", "order/{order}/trades", "client/order/mine", "trade/{trade}"])
def test_nobody_sees_a_foreign_order_or_trade(bot: ApiClient, path: str) -> None:
    place(bot, order_type="MARKET", client_order_id="mine")
    trade = bot.get("/v1/trades").json()["data"]["rows"][0]
    stranger = make_key(permissions=BOTH).client()
    assert stranger.get(f"/v1/{path}".format(order=trade["order_id"], trade=trade["id"])).json()["code"] == -1006


@pytest.mark.parametrize("path", ["algo/order", "algo/orders", "algo/order/1", "algo/client/order"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_algo_orders_are_plainly_not_served(path: str, method: str) -> None:
    answer = ApiClient().request(method, f"/v1/{path}", {} if method in ("POST", "PUT") else b"")
    assert (answer.status_code, answer.json()["code"], "Algo" in answer.json()["message"]) == (404, -1000, True)


# -- Who may ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", READS)
def test_looking_needs_the_read_permission(account: Account, path: str) -> None:
    answer = make_key(account, permissions=TRADING).client().get(f"/v1/{path}")
    assert (answer.status_code, answer.json()["code"]) == (403, -1002)


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_a_reading_key_changes_nothing(account: Account, method: str, path: str) -> None:
    answer = make_key(account, permissions=READ).client().request(method, f"/v1/{path}")
    assert (answer.status_code, answer.json()["code"]) == (403, -1002)
