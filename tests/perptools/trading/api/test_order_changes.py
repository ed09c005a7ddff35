"""Changing an open order."""

from typing import Any

import pytest

from tests.support.api_clients import ApiClient
from tests.support.order_calls import amend, look_up, place


@pytest.mark.parametrize("as_sent", [str, int])
def test_edited_order_keeps_its_id_and_other_fields(bot: ApiClient, as_sent: type) -> None:
    number = place(bot)
    assert amend(bot, as_sent(number), order_price="89000").json()["data"] == {"status": "EDIT_SENT"}
    row = look_up(bot, number)
    assert (row["price"], row["quantity"], row["status"]) == (89_000, 0.01, "NEW")


def test_order_edited_beyond_the_best_price_is_filled(bot: ApiClient) -> None:
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
def test_invalid_edit_changes_nothing(bot: ApiClient, changes: dict[str, Any], code: int) -> None:
    number = place(bot)
    before = look_up(bot, number)
    answer = amend(bot, number, **changes)
    assert (answer.status_code, answer.json()["code"], look_up(bot, number)) == (400, code, before)


@pytest.mark.parametrize(("visible", "after"), [(None, 0.02), ("0.005", 0.005), (0, 0)])
def test_enlarged_order_keeps_its_visible_quantity(bot: ApiClient, visible: object, after: float) -> None:
    number = place(bot, visible_quantity=visible)
    amend(bot, number, order_quantity="0.02")
    assert look_up(bot, number)["visible_quantity"] == after


def test_final_order_cannot_be_edited(bot: ApiClient) -> None:
    assert amend(bot, place(bot, order_type="MARKET"), order_price=90_001).json()["code"] == -1006


def test_edit_below_the_executed_quantity_is_rejected(bot: ApiClient) -> None:
    number = place(bot, order_price="95010", order_quantity="0.5")  # fills 0.05262
    assert amend(bot, number, order_quantity="0.05").json()["code"] == -1104
