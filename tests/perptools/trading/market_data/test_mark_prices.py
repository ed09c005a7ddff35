"""Effects of prices: fundings, liquidations, halts, candles."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from apikeys.models import Account
from perptools.trading.decimals import LARGEST
from perptools.trading.market_data import candles, mark_prices
from perptools.trading.market_data.mark_prices import Quote
from perptools.trading.models import (
    Balance,
    Candle,
    Fill,
    FundingPayment,
    FundingRate,
    Market,
    MarketStatus,
    Order,
    OrderStatus,
    Resolution,
    Transfer,
)
from perptools.trading.paper import accounts as paper_accounts
from perptools.trading.paper import funding, liquidation
from perptools.trading.paper import orders as paper_orders
from perptools.trading.paper.portfolio import Portfolio
from tests.perptools.trading.order_requests import buy, sell
from tests.perptools.trading.recalculation import check_account

BTC = "PERP_BTC_USDC"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def move(mark: str, at: datetime, index: str | None = None, **more: Decimal) -> Market:
    return mark_prices.move([Quote(BTC, Decimal(mark), Decimal(index) if index else None, **more)], at)[0]


# -- Funding ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("premium", "rate"),
    [
        ("0", "0.0001"),  # the interest rate
        ("0.0003", "0.0001"),  # within 0.05 % of it, the rate is the interest rate
        ("-0.0003", "0.0001"),
        ("0.0008", "0.0003"),  # beyond, it is the premium less 0.05 %
        ("-0.0008", "-0.0003"),
        ("0.01", "0.000375"),  # the cap, and the floor
        ("-0.01", "-0.000375"),
    ],
)
def test_rate_is_the_premium_pulled_to_the_interest_within_bounds(bitcoin: Market, premium: str, rate: str) -> None:
    bitcoin.premium_sum, bitcoin.premium_samples = Decimal(premium) * 4, 4
    assert funding.rate(bitcoin) == Decimal(rate)


def test_longs_pay_shorts_at_the_rate(account: Account) -> None:
    move("95000", NOON)
    paper_orders.place(account.pk, buy("0.1"))
    before = Balance.objects.get().holding
    move("96000", NOON + 4 * HOUR)
    assert before - Balance.objects.get().holding == Decimal("0.1") * 96_000 * FundingRate.objects.get().rate


def test_shorts_receive_the_payment(account: Account) -> None:
    move("95000", NOON)
    paper_orders.place(account.pk, sell("0.1"))
    move("95000", NOON + 4 * HOUR)
    assert FundingPayment.objects.get().amount == Decimal("-0.95")


def test_funding_is_charged_once(account: Account) -> None:
    move("95000", NOON)
    paper_orders.place(account.pk, buy("0.1"))
    for minutes in range(3):
        move("95000", NOON + 4 * HOUR + timedelta(minutes=minutes))
    assert FundingPayment.objects.count() == 1


def test_position_opened_after_a_funding_does_not_pay_it(account: Account) -> None:
    move("95000", NOON)
    move("95000", NOON + 4 * HOUR)
    paper_orders.place(account.pk, buy("0.1"))
    paper_orders.place(account.pk, sell("0.1"))
    assert not FundingPayment.objects.exists()


def test_missed_funding_is_charged_before_the_next_order(account: Account) -> None:
    move("95000", NOON)
    paper_orders.place(account.pk, buy("0.1"))
    FundingRate.objects.create(market_id=1, number=1, rate=Decimal("0.0001"), mark_price=Decimal(95_000), at=NOON)
    Market.objects.filter(symbol=BTC).update(fundings=1)  # as if the feed had been killed here
    paper_orders.place(account.pk, sell("0.1"))
    assert FundingPayment.objects.get().amount == Decimal("0.95")
    check_account(account.pk)


def test_periods_without_prices_have_no_funding(bitcoin: Market) -> None:
    move("95000", NOON)
    move("95000", NOON + 100 * HOUR)
    assert [held.at for held in FundingRate.objects.all()] == [NOON + 100 * HOUR]


def test_premium_restarts_after_a_funding(bitcoin: Market) -> None:
    move("95095", NOON, "95000")
    assert move("95000", NOON + 4 * HOUR).average_premium == 0


# -- Liquidation -----------------------------------------------------------------------------------------------------


@pytest.fixture
def exposed(account: Account) -> Account:
    """An account at leverage 50, long 3 BTC with 10,000 USDC."""
    paper_accounts.set_leverage(account.pk, 50)
    paper_orders.place(account.pk, buy("3"))
    return account


def test_account_below_maintenance_is_liquidated_at_the_mark(exposed: Account) -> None:
    move("92000", NOON)
    closing = Order.objects.get(tag="LIQUIDATION")
    assert (closing.average_price, Portfolio.read(exposed.pk).open_positions()) == (92_000, [])


def test_liquidated_account_pays_what_it_can_and_never_owes(exposed: Account) -> None:
    move("80000", NOON)
    assert Balance.objects.get().holding == 0
    assert Transfer.objects.filter(reason="INSURANCE").count() == 1


def test_liquidated_account_keeps_what_the_fee_leaves(account: Account) -> None:
    paper_orders.place(account.pk, buy("1"))
    collateral = Portfolio.read(account.pk).margin().collateral + (Decimal(85_900) - 95_000)
    move("85900", NOON)
    assert Balance.objects.get().holding == collateral - Decimal("85900") * Decimal("0.008")


def test_open_orders_of_a_liquidated_account_are_cancelled(exposed: Account) -> None:
    resting = paper_orders.place(exposed.pk, sell("0.1", "97000"))
    move("92000", NOON)
    resting.refresh_from_db()
    assert resting.status == OrderStatus.CANCELLED
    check_account(exposed.pk)


def test_account_with_enough_margin_is_not_liquidated(exposed: Account) -> None:
    move("94000", NOON)
    assert not liquidation.liquidate(exposed.pk)


# -- Halts -----------------------------------------------------------------------------------------------------------


def test_only_the_price_changes_on_a_halted_market(account: Account, bitcoin: Market) -> None:
    paper_orders.place(account.pk, buy("0.01", "90000"))
    mark_prices.set_status(BTC, MarketStatus.HALTED)
    assert (move("80000", NOON).mark_price, Fill.objects.exists()) == (80_000, False)


@pytest.mark.parametrize(("wanted", "status"), [(True, OrderStatus.CANCELLED), (False, OrderStatus.NEW)])
def test_halt_cancels_orders_of_accounts_that_chose_it(account: Account, wanted: bool, status: OrderStatus) -> None:
    paper_accounts.set_cancel_on_maintenance(account.pk, wanted)
    order = paper_orders.place(account.pk, buy("0.01", "90000"))
    mark_prices.set_status(BTC, MarketStatus.HALTED)
    order.refresh_from_db()
    assert order.status == status


def test_prices_of_unknown_markets_are_ignored(bitcoin: Market) -> None:
    assert mark_prices.move([Quote("PERP_NONE_USDC", Decimal(1))]) == []


# -- Candles ---------------------------------------------------------------------------------------------------------


def test_candle_spans_the_prices_of_its_time(bitcoin: Market) -> None:
    for seconds, mark in ((0, "95000"), (20, "95500"), (40, "94000"), (59, "95100")):
        move(mark, NOON + timedelta(seconds=seconds), volume=Decimal(2))
    candle = Candle.objects.get(resolution=Resolution.MINUTE)
    assert [candle.open, candle.high, candle.low, candle.close, candle.volume] == [95_000, 95_500, 94_000, 95_100, 8]


def test_too_much_volume_for_a_candle_stops_no_prices(bitcoin: Market) -> None:
    for second in range(2):
        move("95000", NOON + timedelta(seconds=second), volume=Decimal(9) * 10**9)
    assert Candle.objects.get(resolution=Resolution.DAY).amount == LARGEST


@pytest.mark.parametrize(
    ("length", "start"),
    [
        ("1m", "2026-03-05T17:23"),
        ("15m", "2026-03-05T17:15"),
        ("4h", "2026-03-05T16:00"),
        ("1d", "2026-03-05T00:00"),
        ("1w", "2026-03-02T00:00"),  # a Monday
        ("1mon", "2026-03-01T00:00"),
        ("1y", "2026-01-01T00:00"),
    ],
)
def test_each_length_starts_where_clients_expect_it(bitcoin: Market, length: str, start: str) -> None:
    move("95000", datetime(2026, 3, 5, 17, 23, 45, tzinfo=UTC))
    assert candles.newest(bitcoin, length, 1)[0].starts_at.isoformat()[:16] == start


def test_longer_candles_are_joined_from_stored_ones(bitcoin: Market) -> None:
    for minute in range(12):
        move(str(95_000 + minute), NOON + timedelta(minutes=minute))
    found = [(each.open, each.close) for each in candles.newest(bitcoin, "5m", 10)]
    assert found == [(95_010, 95_011), (95_005, 95_009), (95_000, 95_004)]


@pytest.mark.parametrize("length", candles.LENGTHS)
def test_candle_ends_where_the_next_one_starts(length: str) -> None:
    kind = candles.LENGTHS[length]
    start = kind.start(NOON)
    assert start <= NOON < kind.end(start) == kind.start(kind.end(start))
