"""The simulated history of `feed_prices --history`: candles, trades and fundings that fit together."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from apikeys.models import Account
from perptools.trading.decimals import is_whole
from perptools.trading.market_data import mark_prices, random_walk, trades
from perptools.trading.market_data.mark_prices import Quote
from perptools.trading.models import Candle, FundingRate, Market, Position, Resolution, Side
from perptools.trading.paper import orders as paper_orders
from perptools.trading.paper import portfolio
from tests.perptools.trading.order_requests import buy
from tests.support.api_clients import ApiClient
from tests.support.factories import make_trader

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 12, 34, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def give_past(hours: int = 24) -> None:
    call_command("feed_prices", history=hours, ticks=1, interval=0, seed="seed")


def ask(path: str) -> list[dict[str, Any]]:
    return list(ApiClient().get(f"/v1/public/{path}").json()["data"]["rows"])


# -- Fundings ---------------------------------------------------------------------------------------------------------


def test_simulated_fundings_fall_on_whole_periods_within_bounds(bitcoin: Market) -> None:
    held = random_walk.history(bitcoin, "seed", NOON, 24).fundings
    assert [funding.at for funding in held] == [
        NOON.replace(hour=8, minute=0) - timedelta(hours=8 * n) for n in range(3)
    ]
    assert all(bitcoin.floor_funding <= funding.rate <= bitcoin.cap_funding for funding in held)
    assert len({funding.rate for funding in held} - {Decimal(0)}) >= 1


@pytest.mark.parametrize(("hours", "found"), [(1, 0), (5, 1), (12, 1), (13, 2), (48, 6)])
def test_there_is_one_funding_for_each_finished_period(hours: int, found: int, bitcoin: Market) -> None:
    assert len(random_walk.history(bitcoin, "seed", NOON, hours).fundings) == found


def test_price_of_a_funding_is_that_of_its_time(bitcoin: Market) -> None:
    past = random_walk.history(bitcoin, "seed", NOON, 24)
    opens = {candle.starts_at: candle.open for candle in past.candles if candle.resolution == Resolution.MINUTE}
    assert [funding.mark_price for funding in past.fundings] == [opens[funding.at] for funding in past.fundings]


def test_market_has_its_last_funding(bitcoin: Market) -> None:
    give_past()
    newest = ask("funding_rate_history?symbol=PERP_BTC_USDC")[0]
    told = ApiClient().get("/v1/public/funding_rate/PERP_BTC_USDC").json()["data"]
    assert (told["last_funding_rate"], told["last_funding_rate_timestamp"]) == (
        newest["funding_rate"],
        newest["funding_rate_timestamp"],
    )


def test_simulated_fundings_charge_nobody(account: Account, time_machine: Any) -> None:
    time_machine.move_to(NOON, tick=False)
    before = paper_orders.place(account.pk, buy("0.01"))
    Candle.objects.all().delete()
    give_past()
    later = make_trader().account
    paper_orders.place(later.pk, buy("0.01"))
    mark_prices.move([Quote(before.market.symbol, Decimal(95_000))], NOON)
    mark_prices.move([Quote(before.market.symbol, Decimal(95_000))], NOON + timedelta(hours=8))
    for each in (account, later):
        charged = portfolio.Portfolio.read(each.pk).balance.account.funding_payments
        assert [payment.number for payment in charged.all()] == [1]


def test_venue_with_fundings_gets_no_simulated_ones(bitcoin: Market, time_machine: Any) -> None:
    for hours in (0, 8):
        mark_prices.move([Quote(bitcoin.symbol, Decimal(95_000))], NOON + timedelta(hours=hours))
    Candle.objects.all().delete()
    time_machine.move_to(NOON + timedelta(hours=9), tick=False)
    give_past()
    assert [held.number for held in FundingRate.objects.filter(market=bitcoin)] == [1]


# -- Trades -----------------------------------------------------------------------------------------------------------


def minute(market: Market, opened: int, low: int, high: int, close: int, volume: str, ago: int = 1) -> Candle:
    """Create the candle of the minute this many minutes before noon."""
    return Candle.objects.create(
        market=market,
        resolution=Resolution.MINUTE,
        starts_at=NOON - ago * MINUTE,
        open=opened,
        low=low,
        high=high,
        close=close,
        volume=Decimal(volume),
    )


@pytest.mark.parametrize(
    ("prices", "traded"),
    [
        ((100, 90, 120, 110), [(100, Side.BUY), (90, Side.SELL), (120, Side.BUY), (110, Side.SELL)]),
        ((110, 90, 120, 100), [(110, Side.BUY), (120, Side.BUY), (90, Side.SELL), (100, Side.BUY)]),
        ((100, 100, 100, 100), [(100, Side.BUY)] * 4),
    ],
    ids=["rises", "falls", "stands"],
)
def test_minute_has_trades_at_its_four_prices(
    prices: tuple[int, int, int, int], traded: list[tuple[int, Side]], bitcoin: Market
) -> None:
    minute(bitcoin, *prices, volume="4")
    found = trades.newest(bitcoin, 10, NOON)
    assert [(trade.price, trade.side) for trade in reversed(found)] == traded
    assert [trade.at - (NOON - MINUTE) for trade in reversed(found)] == [timedelta(seconds=15 * n) for n in range(4)]


@pytest.mark.parametrize("volume", ["0.00001", "0.00003", "1", "7.77777", "0.00004"])
def test_trades_of_a_minute_add_up_to_its_volume(volume: str, bitcoin: Market) -> None:
    minute(bitcoin, 100, 90, 120, 110, volume=volume)
    quantities = [trade.quantity for trade in trades.newest(bitcoin, 10, NOON)]
    assert sum(quantities) == Decimal(volume)
    assert all(quantity > 0 and is_whole(quantity, bitcoin.base_tick) for quantity in quantities)


def test_minute_without_volume_has_no_trades(bitcoin: Market) -> None:
    minute(bitcoin, 100, 90, 120, 110, volume="0")
    assert not trades.newest(bitcoin, 10, NOON)


def test_finished_minute_always_has_the_same_trades(bitcoin: Market) -> None:
    minute(bitcoin, 100, 90, 120, 110, volume="4")
    seen = [trades.newest(bitcoin, 10, NOON + timedelta(seconds=seconds)) for seconds in (-1, 0, 30)]
    assert (len(seen[0]), seen[1]) == (0, seen[2])


def test_fills_and_other_trades_are_sorted_together_and_limited(account: Account, time_machine: Any) -> None:
    time_machine.move_to(NOON - timedelta(seconds=40), tick=False)
    market = paper_orders.place(account.pk, buy("0.01")).market
    Candle.objects.filter(market=market).delete()
    minute(market, 100, 90, 120, 110, volume="4")
    minute(market, 200, 190, 220, 210, volume="4", ago=2)
    found = trades.newest(market, 6, NOON)
    assert [trade.at for trade in found] == sorted((trade.at for trade in found), reverse=True)
    assert [int(trade.price) for trade in found] == [110, 120, 95_004, 90, 100, 210]
    assert found[2].quantity == Decimal("0.01")


def test_trades_of_other_markets_are_not_shown(bitcoin: Market) -> None:
    ether = Market.objects.get(symbol="PERP_ETH_USDC")
    minute(ether, 100, 90, 120, 110, volume="4")
    assert not trades.newest(bitcoin, 10, NOON)


def test_file_of_candles_produces_trades(bitcoin: Market, tmp_path: Any, time_machine: Any) -> None:
    file = tmp_path / "candles.csv"
    file.write_text("time,symbol,open,high,low,close,volume\n1,PERP_BTC_USDC,95000,95600,94900,95500,8\n")
    call_command("feed_prices", csv=file, interval=0)
    time_machine.move_to(timezone.now() + 2 * MINUTE)
    rows = ask("market_trades?symbol=PERP_BTC_USDC&limit=500")
    assert sum(row["executed_quantity"] for row in rows) == 8
    assert not Position.objects.exists()
