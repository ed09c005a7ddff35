"""Candles for TradingView's charts."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from perptools.trading.market_data import candles, mark_prices
from perptools.trading.market_data.mark_prices import Quote
from perptools.trading.models import Candle, Market, Resolution
from tests.support.api_clients import ApiClient, reason

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
BARS = "/v1/tv/history"


def seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def ask(since: datetime, until: datetime, resolution: str = "1", symbol: str = "PERP_BTC_USDC") -> dict[str, Any]:
    query = f"symbol={symbol}&resolution={resolution}&from={seconds(since)}&to={seconds(until)}"
    return dict(ApiClient().get(f"{BARS}?{query}").json())


@pytest.fixture
def prices(bitcoin: Market) -> None:
    """One price a minute for an hour and a half, from noon: 90,000, 90,001 and so on."""
    for number in range(90):
        mark_prices.move([Quote(bitcoin.symbol, Decimal(90_000 + number), volume=Decimal(2))], NOON + number * MINUTE)


@pytest.mark.usefixtures("prices")
def test_bars_are_columns_oldest_first_without_an_envelope() -> None:
    assert ask(NOON, NOON + 2 * MINUTE) == {
        "success": True,
        "s": "ok",
        "t": [seconds(NOON), seconds(NOON + MINUTE)],
        "o": [90_000, 90_001],
        "h": [90_000, 90_001],
        "l": [90_000, 90_001],
        "c": [90_000, 90_001],
        "v": [2, 2],
        "a": [180_000, 180_002],
    }


@pytest.mark.usefixtures("prices")
@pytest.mark.parametrize(
    ("since", "until", "found"),
    [(0, 1, [0]), (0, 0, []), (1, 0, []), (88, 200, [88, 89]), (-5, 2, [0, 1]), (90, 100, []), (0.5, 2.5, [1, 2])],
)
def test_range_of_bars_includes_its_start_and_excludes_its_end(since: float, until: float, found: list[int]) -> None:
    told = ask(NOON + since * MINUTE, NOON + until * MINUTE)
    assert told.get("t", []) == [seconds(NOON + number * MINUTE) for number in found]
    assert told["s"] == ("ok" if found else "no_data")


@pytest.mark.usefixtures("prices")
@pytest.mark.parametrize(
    ("resolution", "opens", "closes"),
    [
        ("60", [90_000, 90_060], [90_059, 90_089]),
        ("1h", [90_000, 90_060], [90_059, 90_089]),
        ("30", [90_000, 90_030, 90_060], [90_029, 90_059, 90_089]),
        ("1D", [90_000], [90_089]),
        ("D", [90_000], [90_089]),
        ("1mon", [90_000], [90_089]),
    ],
)
def test_longer_bars_are_complete(resolution: str, opens: list[int], closes: list[int]) -> None:
    start = NOON.replace(day=1, hour=0)
    told = ask(start, NOON + timedelta(hours=1, minutes=1), resolution)
    assert (told["o"], told["c"]) == (opens, closes)


@pytest.mark.usefixtures("prices")
def test_bars_that_started_earlier_are_excluded() -> None:
    assert ask(NOON + 10 * MINUTE, NOON + timedelta(hours=2), "60")["o"] == [90_060]


@pytest.mark.usefixtures("prices")
@pytest.mark.parametrize("length", ["1m", "5m", "1h", "1d"])
def test_bars_equal_the_candles_of_kline(length: str, bitcoin: Market) -> None:
    newest = candles.newest(bitcoin, length, 500)
    told = ask(NOON - timedelta(days=400), NOON + timedelta(days=400), length)
    assert told["t"] == [seconds(candle.starts_at) for candle in reversed(newest)]
    assert told["v"] == [float(candle.volume) for candle in reversed(newest)]


def test_too_many_bars_are_rejected_and_not_cut(bitcoin: Market) -> None:
    Candle.objects.bulk_create(
        Candle(
            market=bitcoin,
            resolution=Resolution.MINUTE,
            starts_at=NOON + number * MINUTE,
            open=Decimal(1),
            high=Decimal(1),
            low=Decimal(1),
            close=Decimal(1),
        )
        for number in range(1001)
    )
    assert len(ask(NOON, NOON + 1000 * MINUTE)["t"]) == 1000
    told = ask(NOON, NOON + 1001 * MINUTE)
    assert (told["code"], told["field"]) == (-1005, "from")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("symbol=PERP_BTC_USDC&resolution=7&from=0&to=1", "resolution"),
        ("symbol=PERP_BTC_USDC&resolution=&from=0&to=1", "resolution"),
        ("symbol=PERP_BTC_USDC&resolution=1&to=1", "from"),
        ("symbol=PERP_BTC_USDC&resolution=1&from=0", "to"),
        ("symbol=PERP_BTC_USDC&resolution=1&from=-1&to=1", "from"),
        ("symbol=PERP_BTC_USDC&resolution=1&from=x&to=1", "from"),
        (f"symbol=PERP_BTC_USDC&resolution=1Y&from=0&to={10**18}", "to"),
        ("resolution=1&from=0&to=1", "symbol"),
    ],
)
def test_invalid_parameter_is_named(query: str, field: str) -> None:
    answer = ApiClient().get(f"{BARS}?{query}")
    assert (reason(answer)[:2], answer.json()["field"]) == ((400, -1005), field)


@pytest.mark.parametrize("resolution", ["1", "1D", "1M", "1W", "12M"])
def test_no_timestamp_is_too_early_or_too_late(resolution: str) -> None:
    for since, until in ((0, 1), (0, 253_000_000_000), (253_000_000_000, 253_000_000_001)):
        query = f"symbol=PERP_BTC_USDC&resolution={resolution}&from={since}&to={until}"
        assert ApiClient().get(f"{BARS}?{query}").json()["s"] == "no_data"
