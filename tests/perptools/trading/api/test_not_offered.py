"""Paths that Orderly has and this venue doesn't say so, unlike typos."""

import inspect
import re
from typing import Any

import ccxt
import pytest

from apikeys.http.endpoints import declared_views
from perptools.trading.api.not_offered import GROUPS
from perptools.trading.models import Order
from tests.support.api_clients import ApiClient, reason
from tests.support.ccxt_clients import BTC
from tests.support.order_calls import place

NOT_OFFERED = (404, -1000, "not_offered")
PATHS = [path + ("x" if path.endswith("/") else "") for paths in GROUPS.values() for path in paths]


@pytest.mark.parametrize("path", PATHS)
def test_missing_endpoint_says_so(bot: ApiClient, path: str) -> None:
    assert reason(bot.get(f"/v1/{path}")) == NOT_OFFERED


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize("path", ["algo/order", "algo/orders", "algo/order/5/trades", "order/cancel_all_after"])
def test_missing_endpoint_says_so_for_every_method(bot: ApiClient, method: str, path: str) -> None:
    number = place(bot)
    assert reason(bot.request(method, f"/v1/{path}")) == NOT_OFFERED
    assert Order.objects.open().filter(pk=number).exists()


@pytest.mark.parametrize(
    "path", ["ordr", "algo", "asset", "admin", "x/algo/order", "client/orders/5/x/y/z", "a" * 5000]
)
def test_typo_is_reported_as_not_found(bot: ApiClient, path: str) -> None:
    assert reason(bot.get(f"/v1/{path}")) == (404, -1000, "path_not_found")


def test_every_path_of_the_connector_is_served_or_listed_as_missing(bot: ApiClient) -> None:
    rest = pytest.importorskip("orderly_evm_connector.rest")
    source = "".join(inspect.getsource(module) for module in vars(rest).values() if inspect.ismodule(module))
    known = {re.sub(r"{.*", "5", path) for path in re.findall(r'"(/v1/[^"]+)"', source)}
    offered = {re.sub(r"<.*", "5", path) for path, _, _ in declared_views()}
    unknown = {path for path in known - offered if bot.get(path).json()["reason"] != "not_offered"}
    assert (len(known) > 150, unknown) == (True, set())


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("order/nope", "order_id"), ("order/-1", "order_id"), ("order/1.5", "order_id"),
        ("order/" + "9" * 30, "order_id"), ("order/nope/trades", "order_id"), ("trade/nope", "trade_id"),
    ],
)  # fmt: skip
def test_id_that_is_not_a_number_is_named(bot: ApiClient, path: str, field: str) -> None:
    answer = bot.get(f"/v1/{path}")
    assert (reason(answer), answer.json()["field"]) == ((400, -1005, "bad_parameter"), field)


@pytest.mark.parametrize("body", [b'[{"symbol":"PERP_BTC_USDC"}]', b"[]"])
def test_signed_bare_list_is_explained(bot: ApiClient, body: bytes) -> None:
    answer = bot.post("/v1/batch-order", body)
    assert (answer.status_code, answer.json()["message"]) == (400, "The body must be a JSON object.")


def test_list_cannot_be_cut_from_a_query(bot: ApiClient) -> None:
    """A signature of `…?order_ids=[1]` is invalid for the query `order_ids=` with the body `[1]`."""
    headers = bot.headers_for("POST", "/v1/batch-order?order_ids=[1]", b"")
    assert reason(bot.post("/v1/batch-order?order_ids=", b"[1]", headers=headers))[2] == "unauthorized"


# -- Margin and leverage ---------------------------------------------------------------------------------------------


def rows(bot: ApiClient, path: str) -> list[dict[str, Any]]:
    return list(bot.get(f"/v1/{path}").json()["data"]["rows"])


def test_every_market_has_cross_margin(bot: ApiClient) -> None:
    modes = rows(bot, "client/margin_modes")
    assert {"symbol": "PERP_BTC_USDC", "default_margin_mode": "CROSS"} in modes
    assert {row["margin_mode"] for row in rows(bot, "client/leverages")} == {"CROSS"}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"symbol": "PERP_BTC_USDC", "default_margin_mode": "CROSS"}, 200),
        ({"symbol_list": ["PERP_BTC_USDC", "PERP_ETH_USDC"], "default_margin_mode": "CROSS"}, 200),
        ({"symbol": "PERP_BTC_USDC", "default_margin_mode": "ISOLATED"}, 400),
        ({"symbol": "PERP_NOPE_USDC", "default_margin_mode": "CROSS"}, 400),
        ({"symbol": "PERP_BTC_USDC", "margin_mode": "CROSS"}, 400),
        ({"default_margin_mode": "cross"}, 400),
    ],
)
def test_only_cross_margin_can_be_set(bot: ApiClient, body: dict[str, Any], status: int) -> None:
    assert bot.post("/v1/client/margin_mode", body).status_code == status


def test_position_margin_cannot_be_changed(bot: ApiClient) -> None:
    body = {"symbol": "PERP_BTC_USDC", "amount": "5", "type": "ADD"}
    answer = bot.post("/v1/position_margin", body)
    assert (reason(answer)[:2], "CROSS" in answer.json()["message"]) == ((400, -1005), True)


def test_leverages_are_set_and_read_on_the_older_path(bot: ApiClient) -> None:
    assert bot.post("/v1/client/leverages", {"leverage": 7, "symbol": None, "margin_mode": None}).status_code == 200
    assert {row["leverage"] for row in rows(bot, "client/leverages")} == {7}


def test_lightweight_reads_are_served(bot: ApiClient) -> None:
    place(bot, order_type="MARKET", order_price=None)
    [position] = rows(bot, "positions_lite")
    assert (position["symbol"], position["position_qty"]) == ("PERP_BTC_USDC", 0.01)
    assert {row["leverage"] for row in rows(bot, "public/leverage")} == {50}
    [market] = rows(bot, "public/futures_market?symbol=PERP_BTC_USDC")
    assert {"24h_volume", "24h_amount"} <= market.keys()
    assert len(rows(bot, "public/futures_market")) > 1


@pytest.mark.server
def test_missing_stop_orders_are_explained_to_ccxt(exchange: Any) -> None:
    with pytest.raises(ccxt.ExchangeError, match="not_offered"):
        exchange.create_order(BTC, "market", "sell", 0.01, None, {"triggerPrice": 90_000})
