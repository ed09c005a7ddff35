"""Orders are atomic without savepoints: a rejected order has written nothing."""

from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from apikeys.models import Account
from perptools.trading.models import Balance
from perptools.trading.paper import orders as paper_orders
from perptools.trading.paper.portfolio import Portfolio
from tests.perptools.trading.order_requests import buy
from tests.perptools.trading.recalculation import check_account
from tests.support.api_clients import ApiClient
from tests.support.paper_funds import deposit

LIMIT = {"symbol": "PERP_BTC_USDC", "side": "BUY", "order_type": "LIMIT", "order_quantity": 0.01, "order_price": 90000}
CANCEL = "symbol=PERP_BTC_USDC"

REFUSED: dict[str, tuple[str, str, dict[str, Any] | None]] = {
    "beyond the margin": ("POST", "/v1/order", LIMIT | {"order_quantity": 15}),
    "an id that is taken": ("POST", "/v1/order", LIMIT | {"client_order_id": "taken"}),
    "against a rule": ("POST", "/v1/order", LIMIT | {"order_price": 1}),
    "nothing to reduce": ("POST", "/v1/order", LIMIT | {"reduce_only": True, "side": "SELL", "order_price": 99000}),
    "a batch of bad ones": ("POST", "/v1/batch-order", {"orders": [LIMIT | {"order_quantity": 15}] * 2}),
    "a change beyond the margin": ("PUT", "/v1/order", {**LIMIT, "order_id": 1, "order_quantity": 15}),
    "a change of no order": ("PUT", "/v1/order", {**LIMIT, "order_id": 0}),
    "no order to cancel": ("DELETE", f"/v1/order?order_id=0&{CANCEL}", None),
    "none by that id": ("DELETE", f"/v1/client/order?client_order_id=none&{CANCEL}", None),
    "none of these": ("DELETE", "/v1/batch-order?order_ids=0", None),
    "none of those": ("DELETE", "/v1/client/batch-order?client_order_ids=none", None),
    "no such market": ("DELETE", "/v1/orders?symbol=PERP_NONE_USDC", None),
    "too much leverage": ("POST", "/v1/client/leverage", {"leverage": 51}),
    "another key": ("POST", "/v1/client/remove_orderly_key", {"orderly_key": "ed25519:another"}),
}


@pytest.mark.parametrize(("method", "target", "body"), REFUSED.values(), ids=REFUSED)
def test_rejected_order_writes_only_its_signature(
    account: Account, bot: ApiClient, method: str, target: str, body: dict[str, Any] | None
) -> None:
    resting = paper_orders.place(account.pk, buy("0.01", "90000", client_order_id="taken"))
    if body and body.get("order_id"):
        body = body | {"order_id": resting.pk}
    with CaptureQueriesContext(connection) as asked:
        bot.request(method, target, body or b"")
    changes = [each["sql"] for each in asked if not each["sql"].startswith(("SELECT", "SAVEPOINT", "RELEASE"))]
    assert [sql for sql in changes if "usedsignature" not in sql] == []


def test_batch_continues_after_an_invalid_order(account: Account, bot: ApiClient) -> None:
    answer = bot.request("POST", "/v1/batch-order", {"orders": [LIMIT, LIMIT | {"order_quantity": 15}, LIMIT]})
    assert [row.get("success", True) for row in answer.json()["data"]["rows"]] == [True, False, True]
    check_account(account.pk)


def test_unexpected_error_rolls_back_the_whole_transaction(account: Account) -> None:
    with transaction.atomic():
        deposit(account.pk, Decimal(1))
        with suppress(ValueError):
            deposit(account.pk, Decimal(10) ** 30)
    assert Balance.objects.get(account=account).holding == 10_000


def test_cached_market_cannot_be_changed(account: Account) -> None:
    paper_orders.place(account.pk, buy("0.01"))
    (one,), (other,) = (Portfolio.read(account.pk).open_positions() for _ in range(2))
    one.market.mark_price = Decimal(1)
    assert other.market.mark_price == Portfolio.read(account.pk).open_positions()[0].market.mark_price == 95_000
