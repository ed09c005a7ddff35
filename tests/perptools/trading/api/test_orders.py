"""Placing and cancelling orders, and the permissions for that."""

from decimal import Decimal
from typing import Any

import pytest

from apikeys.models import Account
from perptools.trading.models import Order
from tests.support.api_clients import ApiClient
from tests.support.factories import READ, TRADING, make_key
from tests.support.order_calls import ORDER

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


def test_placed_order_returns_its_id_and_terms(bot: ApiClient) -> None:
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


def test_numbers_can_be_json_numbers_and_tolerated_fields_are_ignored(bot: ApiClient) -> None:
    body = ORDER | {"order_price": 90000.5, "order_quantity": 1e-2, "margin_mode": "CROSS", "order_tag": "CCXT"}
    assert bot.post("/v1/order", body).status_code == 200
    placed = Order.objects.get()
    assert (placed.price, placed.quantity, placed.tag) == (Decimal("90000.5"), Decimal("0.01"), "CCXT")


def test_open_order_is_listed_with_the_fields_clients_read(bot: ApiClient) -> None:
    bot.post("/v1/order", ORDER)
    row = bot.get("/v1/orders").json()["data"]["rows"][0]
    assert (row["status"], row["executed"], row["amount"], row["client_order_id"]) == ("NEW", 0, None, None)


def test_order_is_cancelled_by_id_and_symbol(bot: ApiClient) -> None:
    number = bot.post("/v1/order", ORDER).json()["data"]["order_id"]
    answer = bot.delete(f"/v1/order?order_id={number}&symbol=PERP_BTC_USDC")
    assert (answer.json()["data"], Order.objects.get().status) == ({"status": "CANCEL_SENT"}, "CANCELLED")


def test_final_order_cannot_be_cancelled(bot: ApiClient) -> None:
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


def test_pages_have_the_total(bot: ApiClient) -> None:
    for _ in range(3):
        bot.post("/v1/order", ORDER)
    meta = bot.get("/v1/orders?size=2&page=2").json()["data"]["meta"]
    assert meta == {"total": 3, "records_per_page": 2, "current_page": 2}


def test_orders_are_newest_first_by_default(bot: ApiClient) -> None:
    first, second = (bot.post("/v1/order", ORDER).json()["data"]["order_id"] for _ in range(2))
    listed = [bot.get(f"/v1/orders{query}").json()["data"]["rows"] for query in ("", "?sort_by=CREATED_TIME_ASC")]
    assert [[row["order_id"] for row in rows] for rows in listed] == [[second, first], [first, second]]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("size=0", "size"),
        ("page=0", "page"),
        ("status=OPEN", "status"),
        ("side=buy", "side"),
        ("start_t=yesterday", "start_t"),
        ("end_t=99999999999999999999", "end_t"),
        ("sort_by=price", "sort_by"),
        ("page=1&page=2", "page"),
    ],
)
def test_invalid_query_is_rejected_by_field(bot: ApiClient, query: str, field: str) -> None:
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
def test_invalid_order_is_rejected_by_field_and_writes_nothing(
    bot: ApiClient, change: dict[str, Any], code: int, field: str
) -> None:
    answer = bot.post("/v1/order", ORDER | change)
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (400, code, field)
    assert not Order.objects.exists()


def test_too_large_order_is_insufficient_margin(bot: ApiClient) -> None:
    answer = bot.post("/v1/order", ORDER | {"order_quantity": 5})
    assert (answer.status_code, answer.json()["code"], answer.json()["free_collateral"]) == (400, -1101, 10_000)


def test_used_client_order_id_is_a_conflict(bot: ApiClient) -> None:
    for _ in range(2):
        answer = bot.post("/v1/order", ORDER | {"client_order_id": "same"})
    assert (answer.status_code, answer.json()["code"]) == (409, -1007)


@pytest.mark.parametrize(
    ("query", "field"),
    [("symbol=PERP_BTC_USDC", "order_id"), ("order_id=x&symbol=PERP_BTC_USDC", "order_id"), ("order_id=1", "symbol")],
)
def test_cancellation_must_name_an_order_and_its_market(bot: ApiClient, query: str, field: str) -> None:
    answer = bot.delete(f"/v1/order?{query}")
    assert (answer.status_code, answer.json()["field"]) == (400, field)


@pytest.mark.parametrize("path", READS)
def test_reads_require_the_read_permission(account: Account, path: str) -> None:
    answer = make_key(account, permissions=TRADING).client().get(f"/v1/{path}")
    assert (answer.status_code, answer.json()["code"]) == (403, -1002)


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_read_only_key_changes_nothing(account: Account, method: str, path: str) -> None:
    answer = make_key(account, permissions=READ).client().request(method, f"/v1/{path}")
    assert (answer.status_code, answer.json()["code"]) == (403, -1002)
