"""The account's data and settings."""

from decimal import Decimal
from typing import Any

import pytest

from apikeys.models import Account
from perptools.trading.market_data import mark_prices
from perptools.trading.market_data.mark_prices import Quote
from perptools.trading.models import Balance, Transfer
from perptools.trading.paper import orders as paper_orders
from tests.perptools.trading.order_requests import buy, sell
from tests.support.api_clients import ApiClient
from tests.support.factories import READ, TRADING, make_key
from tests.support.paper_funds import deposit

READS = [
    "client/info",
    "client/holding",
    "client/leverage",
    "client/statistics",
    "account_info",
    "positions",
    "position/PERP_BTC_USDC",
    "asset/history",
    "funding_fee/history",
]


def data(bot: ApiClient, path: str) -> Any:
    return bot.get(f"/v1/{path}").json()["data"]


def test_fee_rates_are_in_basis_points(bot: ApiClient) -> None:
    row = data(bot, "client/info")
    assert (row["max_leverage"], row["futures_taker_fee_rate"], row["futures_maker_fee_rate"]) == (10, 5, 2)


def test_account_has_its_id(bot: ApiClient, account: Account) -> None:
    assert data(bot, "client/info")["account_id"] == account.account_id


def test_holdings_are_in_usdc(bot: ApiClient) -> None:
    row = data(bot, "client/holding?all=True")["holding"][0]
    assert (row["token"], row["holding"], row["frozen"]) == ("USDC", 10_000, 0)


def test_fill_creates_a_position(bot: ApiClient, account: Account) -> None:
    paper_orders.place(account.pk, sell("0.01"))
    row = data(bot, "positions")["rows"][0]
    assert (row["position_qty"], row["average_open_price"], row["mark_price"]) == (-0.01, 94_995.2, 95_000)


def test_position_has_the_pnl_and_fees_of_the_last_day(bot: ApiClient, account: Account) -> None:
    bought = paper_orders.place(account.pk, buy("0.02"))
    sold = paper_orders.place(account.pk, sell("0.01"))
    row = data(bot, "position/PERP_BTC_USDC")
    assert (row["pnl_24_h"], row["fee_24_h"]) == (float(sold.realized_pnl), float(bought.fee + sold.fee))


def test_positions_include_the_accounts_margin(bot: ApiClient, account: Account) -> None:
    paper_orders.place(account.pk, buy("0.01"))
    totals = data(bot, "positions")
    assert 9_900 < totals["free_collateral"] < 9_905  # 950 USDC at leverage 10
    assert totals["margin_ratio"] == pytest.approx(totals["total_collateral_value"] / 950)


def test_flat_position_is_an_empty_row(bot: ApiClient) -> None:
    row = data(bot, "position/PERP_BTC_USDC")
    assert (row["position_qty"], row["est_liq_price"], data(bot, "positions")["rows"]) == (0, None, [])


def test_account_info_has_the_margin_without_positions(bot: ApiClient) -> None:
    row = data(bot, "account_info")
    assert (row["free_collateral"], row["margin_ratio"]) == (10_000, None)


def test_deposits_have_the_names_both_clients_read(bot: ApiClient) -> None:
    row = data(bot, "asset/history?balance_token=USDC&pageSize=5")["rows"][0]
    assert [row[name] for name in ("side", "token_side", "amount", "trans_status")] == [
        "DEPOSIT", "DEPOSIT", 10_000, "COMPLETED",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "found"),
    [("", 2), ("side=WITHDRAW", 1), ("token=ETH", 0), ("pageSize=1", 1), ("start_t=1", 2), ("end_t=1", 0)],
)
def test_transfers_are_filtered(bot: ApiClient, account: Account, query: str, found: int) -> None:
    deposit(account.pk, Decimal(5))
    Transfer.objects.filter(amount=5).update(side="WITHDRAW")
    assert len(data(bot, f"asset/history?{query}")["rows"]) == found


def test_funding_fees_say_who_paid(bot: ApiClient, account: Account, time_machine: Any) -> None:
    time_machine.move_to("2026-03-02T07:59:00Z", tick=False)
    paper_orders.place(account.pk, buy("0.01"))
    mark_prices.move([Quote("PERP_BTC_USDC", Decimal(95_000))])
    time_machine.move_to("2026-03-02T08:00:00Z", tick=False)
    mark_prices.move([Quote("PERP_BTC_USDC", Decimal(95_000))])
    row = make_key(account, permissions=READ).client().get("/v1/funding_fee/history?size=60").json()["data"]["rows"][0]
    assert (row["funding_fee"], row["payment_type"], row["funding_rate"]) == (0.095, "Pay", 0.0001)


def test_statistics_sum_up_what_was_traded(bot: ApiClient, account: Account) -> None:
    order = paper_orders.place(account.pk, buy("0.01"))
    row = data(bot, "client/statistics")
    assert (row["trading_volume_last_24_hours"], row["perp_trading_volume_ltd"]) == (float(order.executed_value),) * 2


# -- Settings --------------------------------------------------------------------------------------------------------


def test_leverage_is_set_for_the_whole_account(bot: ApiClient) -> None:
    bot.post("/v1/client/leverage", {"leverage": 25, "symbol": "PERP_ETH_USDC"})
    row = data(bot, "client/leverage?symbol=PERP_BTC_USDC")
    assert row == {"symbol": "PERP_BTC_USDC", "margin_mode": "CROSS", "leverage": 25}


@pytest.mark.parametrize("leverage", [0, 51, -1, "51", 1.5, None, True, 2**70])
def test_invalid_leverage_changes_nothing(bot: ApiClient, leverage: object) -> None:
    answer = bot.post("/v1/client/leverage", {"leverage": leverage})
    assert (answer.status_code, answer.json()["code"], Balance.objects.get().leverage) == (400, -1005, 10)


def test_leverage_too_high_for_the_positions_is_rejected(bot: ApiClient, account: Account) -> None:
    paper_orders.place(account.pk, buy("0.5"))
    answer = bot.post("/v1/client/leverage", {"leverage": 2})
    assert (answer.status_code, answer.json()["code"], Balance.objects.get().leverage) == (400, -1101, 10)


def test_maintenance_setting_is_kept(bot: ApiClient) -> None:
    bot.post("/v1/client/maintenance_config", {"maintenance_cancel_order_flag": True})
    assert data(bot, "client/info")["maintenance_cancel_orders"] is True


@pytest.mark.parametrize("path", READS)
def test_reads_require_the_read_permission(account: Account, path: str) -> None:
    answer = make_key(account, permissions=TRADING).client().get(f"/v1/{path}")
    assert (answer.status_code, answer.json()["code"]) == (403, -1002)


@pytest.mark.parametrize("path", ["client/leverage", "client/maintenance_config"])
def test_read_only_key_changes_nothing(account: Account, path: str) -> None:
    answer = make_key(account, permissions=READ).client().post(f"/v1/{path}", {"leverage": 5})
    assert (answer.status_code, answer.json()["code"]) == (403, -1002)
