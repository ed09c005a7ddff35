"""Orderly's own connector trades unmodified with another base URL. Over HTTP, with gunicorn."""

import asyncio
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from orderly_evm_connector.error import ClientError
from orderly_evm_connector.rest import Rest, RestAsync

from apikeys.models import Account
from perptools.trading.market_data import mark_prices
from perptools.trading.paper import orders as paper_orders
from tests.perptools.trading.api.test_ccxt import funded
from tests.perptools.trading.order_requests import buy
from tests.support.factories import BOTH, READ, make_key, make_trader
from tests.support.servers import Server

pytestmark = pytest.mark.server

BTC = "PERP_BTC_USDC"


@pytest.fixture
def trader(server: Server) -> Account:
    return make_trader().account


@pytest.fixture
def rest(server: Server, trader: Account) -> Rest:
    return client_for(trader, server)


def client_for(account: Account, server: Server, may: Any = BOTH, kind: Callable[..., Any] = Rest) -> Any:
    issued = make_key(account, permissions=may)
    return kind(
        orderly_key=issued.key.public_id,
        orderly_secret=issued.secret,
        orderly_account_id=account.account_id,
        orderly_api_url=server.url,
    )


def ask_for(rest: Rest, **more: Any) -> Any:
    wanted = {"order_price": 90000.5, "order_quantity": 0.001, **more}
    return rest.create_order(symbol=BTC, order_type="LIMIT", side="BUY", reduce_only=False, **wanted)


def bid(rest: Rest, **more: Any) -> int:
    """Place a resting order, and return its ID."""
    return int(ask_for(rest, **more)["data"]["order_id"])


PUBLIC: list[tuple[str, Callable[[Rest], Any]]] = [
    ("rows", lambda rest: rest.get_available_symbols()),
    ("symbol", lambda rest: rest.get_symbol_info(BTC)),
    ("rows", lambda rest: rest.get_token_info()),
    ("rows", lambda rest: rest.get_supported_chains_broker()),
    ("status", lambda rest: rest.get_system_maintenance_status()),
    ("rows", lambda rest: rest.get_futures_info_for_all_markets()),
    ("24h_open", lambda rest: rest.get_futures_info_for_one_market(BTC)),
    ("rows", lambda rest: rest.get_market_trades(BTC)),
    ("est_funding_rate", lambda rest: rest.get_predicted_funding_rate_for_one_market(BTC)),
    ("rows", lambda rest: rest.get_predicted_funding_rate_for_all_markets()),
    ("meta", lambda rest: rest.get_funding_rate_history_for_one_market(BTC)),
    ("available_futures_leverage", lambda rest: rest.get_leverage_configuration()),
    ("asks", lambda rest: rest.get_orderbook_snapshot(BTC, 5)),
    ("rows", lambda rest: rest.get_kline(BTC, "1m", 5)),
]
ACCOUNT: list[tuple[str, Callable[[Rest], Any]]] = [
    ("holding", lambda rest: rest.get_current_holdings(True)),
    ("free_collateral", lambda rest: rest.get_all_positions_info()),
    ("position_qty", lambda rest: rest.get_one_position_info(BTC)),
    ("futures_taker_fee_rate", lambda rest: rest.get_account_information()),
    ("leverage", lambda rest: rest.get_leverage_setting(BTC)),
    ("leverage", lambda rest: rest.update_leverage_configuration(20)),
    ("meta", lambda rest: rest.get_asset_history()),
    ("meta", lambda rest: rest.get_funding_fee_history(BTC)),
    ("success_alter", lambda rest: rest.set_maintenance_config(True)),
    ("days_since_registration", lambda rest: rest.get_user_statistics()),
    ("rows", lambda rest: rest.get_user_daily_statistics("2026-01-01", "2026-12-31")),
    ("meta", lambda rest: rest.get_liquidated_positions_of_account()),
    ("free_collateral", lambda rest: rest.get_account_info()),
    ("rows", lambda rest: rest.get_current_orderlykey_info()),
]


@pytest.mark.parametrize(("field", "call"), PUBLIC)
def test_markets_are_read(rest: Rest, field: str, call: Callable[[Rest], Any]) -> None:
    answer = call(rest)
    assert (answer["success"], field in answer["data"]) == (True, True)


@pytest.mark.parametrize(("field", "call"), ACCOUNT)
def test_account_is_read(rest: Rest, trader: Account, field: str, call: Callable[[Rest], Any]) -> None:
    paper_orders.place(trader.pk, buy("0.01"))
    answer = call(rest)
    assert (answer["success"], field in answer["data"]) == (True, True)


def test_bars_are_read(rest: Rest, trader: Account) -> None:
    mark_prices.set_mark(BTC, Decimal(95_000))
    until = int(time.time()) + 60
    assert rest.get_tradingview_history_basrs(BTC, "1D", until - 10 * 86_400, until)["c"] == [95_000]


def test_public_requests_pass_with_stale_headers_of_a_private_one(rest: Rest) -> None:
    rest.get_current_holdings()
    assert rest.get_available_symbols()["success"]


def test_funding_fees_are_read(rest: Rest, trader: Account) -> None:
    paper_orders.place(trader.pk, buy("0.01"))
    funded(trader)
    assert rest.get_funding_fee_history(BTC)["data"]["rows"][0]["funding_fee"] == 0.095


def test_order_is_placed_read_and_cancelled(rest: Rest) -> None:
    number = bid(rest)
    assert rest.get_order(number)["data"]["status"] == "NEW"
    assert rest.cancel_order(number, BTC)["data"]["status"] == "CANCEL_SENT"
    assert rest.get_order(number)["data"]["status"] == "CANCELLED"


def test_order_is_found_and_cancelled_by_its_client_id(rest: Rest) -> None:
    number = bid(rest, client_order_id="conn-1")
    assert rest.get_order_by_client_order_id("conn-1")["data"]["order_id"] == number
    assert rest.cancel_order_by_client_order_id("conn-1", BTC)["success"]


def test_order_is_edited(rest: Rest) -> None:
    number = bid(rest)
    edited = rest.edit_order(
        order_id=number, symbol=BTC, order_type="LIMIT", side="BUY", order_price=91000, order_quantity=0.002
    )
    assert (edited["data"]["status"], rest.get_order(number)["data"]["quantity"]) == ("EDIT_SENT", 0.002)


def test_orders_are_created_and_cancelled_in_batches(rest: Rest) -> None:
    wanted = {"symbol": BTC, "order_type": "LIMIT", "side": "BUY", "order_price": 90000, "order_quantity": 0.001}
    rows = rest.batch_create_order([wanted, wanted | {"client_order_id": "b-2"}])["data"]["rows"]
    assert rest.batch_cancel_orders(",".join(str(row["order_id"]) for row in rows[:1]))["success"]
    assert rest.batch_cancel_orders_by_client_order_id("b-2")["success"]


def test_all_orders_are_listed_and_cancelled(rest: Rest) -> None:
    bid(rest), bid(rest)
    listed = rest.get_orders(symbol=BTC, status="INCOMPLETE", sort_by="CREATED_TIME_ASC", size=1, page=2)["data"]
    assert (len(listed["rows"]), listed["meta"]["total"]) == (1, 2)
    assert rest.cancel_orders(BTC)["data"]["status"] == "CANCEL_ALL_SENT"


def test_trades_are_read_by_list_order_and_id(rest: Rest) -> None:
    made = rest.create_order(symbol=BTC, order_type="MARKET", side="SELL", order_quantity=0.001)["data"]
    trade = rest.get_trades(symbol=BTC)["data"]["rows"][0]
    assert rest.get_all_trades_of_order(made["order_id"])["data"]["rows"] == [trade]
    assert rest.get_trade(trade["id"])["data"] == trade


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda rest: rest.cancel_order(999, BTC), -1006),
        (lambda rest: rest.get_order(999), -1006),
        (lambda rest: rest.get_trade(999), -1006),
        (lambda rest: rest.batch_cancel_orders("998,999"), -1006),
        (lambda rest: rest.cancel_order_by_client_order_id("none", BTC), -1006),
        (lambda rest: rest.get_symbol_info("PERP_NONE_USDC"), -1005),
        (lambda rest: rest.update_leverage_configuration(51), -1005),
        (lambda rest: rest.create_order(BTC, "MARKET", "SELL", order_quantity=0.01, reduce_only=True), -1012),
        (lambda rest: ask_for(rest, order_quantity=5), -1101),
        (lambda rest: ask_for(rest, order_price=99000), -1105),
        (lambda rest: ask_for(rest, order_price=90000.05), -1103),
        (lambda rest: ask_for(rest, order_quantity=1e-07), -1104),
        (lambda rest: ask_for(rest, order_quantity=0.0001), -1102),
    ],
)
def test_rejected_order_has_its_code(rest: Rest, call: Callable[[Rest], Any], code: int) -> None:
    assert call(rest)["code"] == code


def test_conflict_raises(rest: Rest) -> None:
    bid(rest, client_order_id="same")
    with pytest.raises(ClientError) as raised:
        bid(rest, client_order_id="same")
    assert (raised.value.status_code, raised.value.error_code) == (409, -1007)


def test_missing_permission_raises(server: Server, trader: Account) -> None:
    with pytest.raises(ClientError) as raised:
        bid(client_for(trader, server, READ))
    assert (raised.value.status_code, raised.value.error_code) == (403, -1002)


def test_wrong_secret_raises(server: Server, trader: Account) -> None:
    rest, other = client_for(trader, server), client_for(trader, server)
    rest.orderly_secret = other.orderly_secret
    with pytest.raises(ClientError) as raised:
        rest.get_current_holdings()
    assert (raised.value.status_code, raised.value.error_code) == (401, -1001)


@pytest.mark.parametrize(
    "call", [lambda rest: rest.get_account(BTC, "woofi_pro"), lambda rest: rest.get_orderly_key("0x", "k")]
)
def test_missing_endpoint_raises(rest: Rest, call: Callable[[Rest], Any]) -> None:
    with pytest.raises(ClientError) as raised:
        call(rest)
    assert (raised.value.status_code, raised.value.error_code) == (404, -1000)


# -- The asynchronous class, where it differs: sessions, signing, raising --------------------------------------------


def test_asynchronous_class_trades_too(server: Server, trader: Account) -> None:
    rest = client_for(trader, server, kind=RestAsync)

    async def trade() -> tuple[object, ...]:
        wanted = {"symbol": BTC, "order_type": "LIMIT", "side": "BUY", "order_price": 90000, "order_quantity": 0.001}
        made = await rest.batch_create_order([wanted, wanted | {"client_order_id": "async-1"}])
        first, second = (row["order_id"] for row in made["data"]["rows"])
        edited = await rest.edit_order(first, BTC, "LIMIT", "BUY", order_price=91000)
        found = await rest.get_order_by_client_order_id("async-1")
        cancelled = await rest.batch_cancel_orders(f"{first},{second}")
        return edited["data"]["status"], found["data"]["order_id"] == second, cancelled["data"]["status"]

    assert asyncio.run(trade()) == ("EDIT_SENT", True, "CANCEL_ALL_SENT")


def test_asynchronous_class_raises_too(server: Server, trader: Account) -> None:
    reader = client_for(trader, server, READ, RestAsync)
    with pytest.raises(ClientError) as raised:
        asyncio.run(reader.create_order(symbol=BTC, order_type="MARKET", side="BUY", order_quantity=0.01))
    assert (raised.value.status_code, raised.value.error_code) == (403, -1002)
