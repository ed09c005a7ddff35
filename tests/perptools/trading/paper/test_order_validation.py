"""Rules for orders."""

import pytest

from apikeys.http.errors import ApiError
from apikeys.models import Account
from perptools.trading import errors
from perptools.trading.models import Market, MarketStatus, OrderStatus
from perptools.trading.paper import orders as paper_orders
from tests.perptools.trading.order_requests import buy, sell


def test_client_order_id_is_unique_among_open_orders(account: Account) -> None:
    paper_orders.place(account.pk, buy("0.01", "90000", client_order_id="mine"))
    with pytest.raises(errors.DuplicateClientOrderId):
        paper_orders.place(account.pk, buy("0.01", "90000", client_order_id="mine"))


def test_client_order_id_can_be_used_again_once_its_order_is_final(account: Account) -> None:
    paper_orders.place(account.pk, buy("0.01", client_order_id="mine"))
    assert paper_orders.place(account.pk, buy("0.01", client_order_id="mine")).pk


WRONG_ORDERS = [
    (buy("0.01", symbol="PERP_NONE_USDC"), -1005, "symbol"),
    (buy("0"), -1005, "order_quantity"),
    (buy("-1"), -1005, "order_quantity"),
    (buy("0.000001"), -1104, "order_quantity"),
    (buy("20.1"), -1104, "order_quantity"),
    (buy("0.010001"), -1104, "order_quantity"),
    (buy("0.00001"), -1102, "order_quantity"),
    (buy("0.01", "-1"), -1005, "order_price"),
    (buy("0.01", "90000.05"), -1103, "order_price"),
    (buy("0.01", "200000.1"), -1103, "order_price"),
    (buy("0.01", "97850.1"), -1105, "order_price"),  # 3 % above the mark
    (buy("0.01", "37999.9"), -1105, "order_price"),  # 60 % below it
    (sell("0.01", "92149.9"), -1105, "order_price"),
    (sell("0.01", "152000.1"), -1105, "order_price"),
]


@pytest.mark.parametrize(("wrong", "code", "field"), WRONG_ORDERS)
def test_order_against_the_rules_is_rejected_by_field(account: Account, wrong: object, code: int, field: str) -> None:
    with pytest.raises(ApiError) as refused:
        paper_orders.place(account.pk, wrong)  # type: ignore[arg-type]
    assert (refused.value.code, refused.value.details["field"]) == (code, field)


@pytest.mark.parametrize("price", ["97850", "38000"])
def test_edges_of_the_price_band_are_allowed(account: Account, price: str) -> None:
    assert paper_orders.place(account.pk, buy("0.01", price)).pk


def test_halted_market_rejects_orders(account: Account) -> None:
    Market.objects.update(status=MarketStatus.HALTED)
    with pytest.raises(errors.MarketHalted):
        paper_orders.place(account.pk, buy("0.01"))


def test_reduce_only_market_lets_a_position_be_closed(account: Account) -> None:
    paper_orders.place(account.pk, buy("0.01"))
    Market.objects.update(status=MarketStatus.REDUCE_ONLY)
    assert paper_orders.place(account.pk, sell("0.01", reduce_only=True)).status == OrderStatus.FILLED


def test_small_reduce_only_orders_are_exempt_from_the_minimum_value(account: Account) -> None:
    paper_orders.place(account.pk, buy("0.01"))
    assert paper_orders.place(account.pk, sell("0.00001", reduce_only=True)).status == OrderStatus.FILLED
