"""An account's daily values and liquidations in Orderly's API."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from apikeys.models import Account
from perptools.trading import account_values
from perptools.trading.market_data import mark_prices
from perptools.trading.market_data.mark_prices import Quote
from perptools.trading.models import Market, Order
from perptools.trading.paper import accounts as paper_accounts
from perptools.trading.paper import orders as paper_orders
from perptools.trading.paper.portfolio import Portfolio
from tests.perptools.trading.order_requests import buy, sell
from tests.support.api_clients import ApiClient, reason
from tests.support.factories import BOTH, READ, TRADING, make_key, make_trader
from tests.support.paper_funds import deposit

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
CENT = Decimal("0.01")
DAILY = "/v1/client/statistics/daily"


@pytest.fixture
def account(db: None, time_machine: Any) -> Account:
    """An account created on March 1."""
    time_machine.move_to(NOON, tick=False)
    return make_trader().account


def rows(bot: ApiClient, path: str) -> Any:
    return bot.get(f"/v1/{path}").json()["data"]["rows"]


def price(mark: int, symbol: str = "PERP_BTC_USDC") -> None:
    mark_prices.move([Quote(symbol, Decimal(mark))])


def live_through(account: Account, time_machine: Any) -> None:
    """Buy on the first day, deposit on the second, sell half on the third, do nothing on the fourth."""
    paper_orders.place(account.pk, buy("0.1"))
    price(96_000)
    time_machine.move_to(NOON + DAY, tick=False)
    price(97_000)
    deposit(account.pk, Decimal(500))
    time_machine.move_to(NOON + 2 * DAY, tick=False)
    price(94_000)
    paper_orders.place(account.pk, sell("0.05"))
    paper_orders.place(account.pk, sell("1", symbol="PERP_ETH_USDC"))
    time_machine.move_to(NOON + 3 * DAY, tick=False)


# -- Days -------------------------------------------------------------------------------------------------------------


def test_value_of_a_day_is_the_accounts_value_at_its_end(account: Account, time_machine: Any) -> None:
    seen = []
    for number, mark in enumerate((96_000, 97_000, 94_000, 95_500)):
        time_machine.move_to(NOON + number * DAY, tick=False)
        paper_orders.place(account.pk, (buy if number % 2 else sell)("0.013"))
        price(mark)
        seen.append(Portfolio.read(account.pk).margin().collateral)
    found = account_values.daily(account, NOON.date(), NOON.date() + 3 * DAY)
    assert [abs(day.value - value) < CENT for day, value in zip(found, seen, strict=True)] == [True] * 4


def test_pnl_excludes_deposits_and_adds_up(account: Account, time_machine: Any) -> None:
    live_through(account, time_machine)
    days = account_values.daily(account, NOON.date(), NOON.date() + 3 * DAY)
    worth = Portfolio.read(account.pk).margin().collateral
    assert abs(sum(day.pnl for day in days) - (worth - 10_500)) < CENT
    assert (days[1].value - days[0].value - 500 - days[1].pnl, days[3].pnl) == (0, 0)


def test_range_starts_with_the_value_before_it(account: Account, time_machine: Any) -> None:
    live_through(account, time_machine)
    whole = account_values.daily(account, NOON.date(), NOON.date() + 3 * DAY)
    for number in range(4):
        assert account_values.daily(account, NOON.date() + number * DAY, NOON.date() + 3 * DAY) == whole[number:]
        assert account_values.daily(account, NOON.date(), NOON.date() + number * DAY) == whole[: number + 1]


def test_fundings_count_too(account: Account, time_machine: Any) -> None:
    price(95_000)
    paper_orders.place(account.pk, buy("0.1"))
    before = account_values.daily(account, NOON.date(), NOON.date())[0].value
    time_machine.move_to(NOON + timedelta(hours=5), tick=False)
    price(95_000)
    [payment] = account.funding_payments.all()
    assert account_values.daily(account, NOON.date(), NOON.date())[0].value == before - payment.amount


def test_days_belong_to_the_account(account: Account, time_machine: Any) -> None:
    live_through(account, time_machine)
    bot = make_key(account, permissions=READ).client()
    answer = bot.get(f"{DAILY}?start_date=2026-02-20&end_date=2026-04-01").json()["data"]
    assert [row["date"] for row in answer["rows"]] == [f"2026-03-0{day}" for day in (1, 2, 3, 4)]
    assert [row["perp_volume"] > 0 for row in answer["rows"]] == [True, False, True, False]
    midnights = [datetime(2026, 3, day, tzinfo=UTC).timestamp() * 1000 for day in (2, 3, 4)]
    assert [row["snapshot_time"] for row in answer["rows"]] == [*midnights, (NOON + 3 * DAY).timestamp() * 1000]
    assert answer["meta"] == {"total": 4, "records_per_page": 25, "current_page": 1}


def test_days_are_paged(account: Account, time_machine: Any) -> None:
    live_through(account, time_machine)
    bot = make_key(account, permissions=READ).client()
    found = rows(bot, "client/statistics/daily?start_date=2026-03-01&end_date=2026-03-04&size=3&page=2")
    assert [row["date"] for row in found] == ["2026-03-04"]


@pytest.mark.parametrize(
    ("start", "end"), [("2026-03-02", "2026-03-09"), ("2020-01-01", "2020-12-31"), ("0001-01-01", "0001-01-02")]
)
def test_there_are_no_future_days_or_days_before_the_account(start: str, end: str, bot: ApiClient) -> None:
    assert rows(bot, f"client/statistics/daily?start_date={start}&end_date={end}") == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("start_date=2026-03-01", "end_date"),
        ("start_date=1.3.2026&end_date=2026-03-01", "start_date"),
        ("start_date=2026-03-02&end_date=2026-03-01", "end_date"),
        ("start_date=2024-03-02&end_date=2026-03-01", "start_date"),
        ("start_date=2026-02-30&end_date=2026-03-01", "start_date"),
        ("start_date=2026-03-01&end_date=2026-03-01&page=0", "page"),
    ],
)
def test_invalid_range_is_named(query: str, field: str, bot: ApiClient) -> None:
    answer = bot.get(f"{DAILY}?{query}")
    assert (reason(answer), answer.json()["field"]) == ((400, -1005, "bad_parameter"), field)


# -- Liquidations -----------------------------------------------------------------------------------------------------


@pytest.fixture
def liquidated(account: Account, time_machine: Any) -> Account:
    """An account that is liquidated twice, a day apart."""
    paper_accounts.set_leverage(account.pk, 50)
    paper_orders.place(account.pk, buy("2"))
    paper_orders.place(account.pk, sell("1", symbol="PERP_ETH_USDC"))
    price(90_500)
    time_machine.move_to(NOON + DAY, tick=False)
    deposit(account.pk, Decimal(10_000))
    paper_orders.place(account.pk, buy("2"))
    price(80_000)
    return account


def test_liquidation_is_one_row_with_all_positions(liquidated: Account) -> None:
    bot = make_key(liquidated, permissions=READ).client()
    later, first = rows(bot, "liquidations")
    by_symbol = {each["symbol"]: each for each in first["positions_by_perp"]}
    assert {symbol: each["position_qty"] for symbol, each in by_symbol.items()} == {
        "PERP_BTC_USDC": 2,
        "PERP_ETH_USDC": -1,
    }
    bitcoin = by_symbol["PERP_BTC_USDC"]
    assert (bitcoin["transfer_price"], bitcoin["cost_position_transfer"]) == (90_500, 181_000)
    assert bitcoin["abs_liquidation_fee"] == pytest.approx(
        float(Order.objects.get(tag="LIQUIDATION", created_at=NOON, market__symbol="PERP_BTC_USDC").fee)
    )
    assert first["timestamp"] == NOON.timestamp() * 1000
    assert first["transfer_amount_to_insurance_fund"] == 0
    assert later["transfer_amount_to_insurance_fund"] > 0
    assert later["liquidation_id"] > first["liquidation_id"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", 2),
        ("?size=1", 1),
        ("?size=1&page=2", 1),
        ("?size=1&page=3", 0),
        ("?symbol=PERP_ETH_USDC", 1),
        ("?symbol=PERP_SOL_USDC", 0),
        (f"?start_t={int((NOON + timedelta(hours=1)).timestamp() * 1000)}", 1),
        (f"?end_t={int((NOON + timedelta(hours=1)).timestamp() * 1000)}", 1),
    ],
)
def test_liquidations_are_filtered_like_other_lists(query: str, found: int, liquidated: Account) -> None:
    bot = make_key(liquidated, permissions=READ).client()
    assert len(rows(bot, f"liquidations{query}")) == found


def test_traders_order_with_that_tag_is_no_liquidation(account: Account) -> None:
    bot = make_key(account, permissions=BOTH).client()
    order = {"symbol": "PERP_BTC_USDC", "side": "BUY", "order_type": "MARKET", "order_quantity": 0.01}
    assert bot.post("/v1/order", order | {"order_tag": "LIQUIDATION"}).status_code == 200
    assert rows(bot, "liquidations") == []


def test_other_accounts_are_not_included(liquidated: Account) -> None:
    assert rows(make_key(make_trader().account).client(), "liquidations") == []


@pytest.mark.parametrize("path", ["/v1/liquidations", f"{DAILY}?start_date=2026-03-01&end_date=2026-03-01"])
def test_history_requires_the_read_permission(path: str, account: Account) -> None:
    assert reason(make_key(account, permissions=TRADING).client().get(path))[2] == "permission_missing"


def test_market_without_prices_counts_at_its_mark_price(account: Account) -> None:
    paper_orders.place(account.pk, buy("0.1"))
    assert not Market.objects.filter(candles__isnull=False).exists()
    [day] = account_values.daily(account, date(2026, 3, 1), date(2026, 3, 1))
    assert abs(day.value - Portfolio.read(account.pk).margin().collateral) < CENT
