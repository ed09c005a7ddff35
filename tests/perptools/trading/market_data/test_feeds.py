"""Price feeds: the random walk, a file of candles, an exchange."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice, pairwise
from pathlib import Path
from threading import Thread

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone

from apikeys.models import Account
from perptools.trading.decimals import is_whole
from perptools.trading.market_data import candles, mark_prices, random_walk
from perptools.trading.market_data.feeds import candles_from
from perptools.trading.models import Candle, Market, MarketStatus, Order, OrderStatus, Resolution
from perptools.trading.paper import orders as paper_orders
from tests.perptools.trading.order_requests import buy
from tests.support.servers import environment_of

pytestmark = pytest.mark.django_db


# -- The walk --------------------------------------------------------------------------------------------------------


def walked(seed: str, steps: int) -> list[list[mark_prices.Quote]]:
    """Return a random walk's prices, while they are fed."""
    said = []
    for quotes in islice(random_walk.walk(seed), steps):
        said.append(quotes)
        mark_prices.move(quotes)
    return said


def test_same_seed_gives_the_same_prices_on_every_machine(bitcoin: Market) -> None:
    first = walked("seed", 3)
    marks = [next(quote.mark for quote in quotes if quote.symbol == bitcoin.symbol) for quotes in first]
    assert marks == [Decimal(text) for text in KNOWN_WALK]


KNOWN_WALK = ["94974.1", "94955.1", "94944.6"]


def test_another_seed_gives_other_prices() -> None:
    assert next(random_walk.walk("one")) != next(random_walk.walk("another"))


def test_prices_are_on_the_tick_and_stay_near_their_start(bitcoin: Market) -> None:
    marks = [quotes[0].mark for quotes in walked("seed", 100)]
    assert all(is_whole(mark, bitcoin.quote_tick) for mark in marks)
    assert max(marks) / min(marks) < Decimal("1.02")


def test_random_walk_continues_from_a_price_that_was_set(bitcoin: Market) -> None:
    steps = random_walk.walk("seed")
    mark_prices.move(next(steps))
    mark_prices.set_mark(bitcoin.symbol, Decimal(50_000))
    assert abs(next(steps)[0].mark - 50_000) < 100


def test_halted_market_does_not_move(bitcoin: Market) -> None:
    mark_prices.set_status(bitcoin.symbol, MarketStatus.HALTED)
    assert bitcoin.symbol not in {quote.symbol for quote in next(random_walk.walk("seed"))}


def test_history_joins_the_current_price(bitcoin: Market) -> None:
    past = random_walk.history(bitcoin, "seed", timezone.now(), hours=3).candles
    minutes = [candle for candle in past if candle.resolution == Resolution.MINUTE]
    assert (len(minutes), minutes[0].close) == (180, bitcoin.mark_price)
    assert all(older.close == newer.open for newer, older in pairwise(minutes))


# -- The command -----------------------------------------------------------------------------------------------------


def test_command_feeds_a_random_walk_and_creates_a_history(bitcoin: Market) -> None:
    call_command("feed_prices", ticks=3, interval=0, history=2, seed="seed")
    bitcoin.refresh_from_db()
    assert bitcoin.mark_price != 95_000
    assert len(candles.newest(bitcoin, "1h", 10)) in (2, 3)


def test_history_is_created_once(bitcoin: Market) -> None:
    for _ in range(2):
        call_command("feed_prices", ticks=1, interval=0, history=1)
    past = Candle.objects.filter(market=bitcoin, starts_at__lt=timezone.now() - timedelta(minutes=5))
    assert past.filter(resolution=Resolution.MINUTE).count() in (55, 56)


@pytest.mark.server
def test_command_ends_on_a_signal(transactional_db: None, tmp_path: Path) -> None:
    command = [sys.executable, "manage.py", "feed_prices", "--interval", "3600"]
    with subprocess.Popen(
        command, cwd=settings.BASE_DIR, env=environment_of(tmp_path), stdout=subprocess.PIPE, text=True
    ) as feeding:
        assert feeding.stdout
        assert "6 markets" in feeding.stdout.readline()
        feeding.send_signal(signal.SIGTERM)
        assert feeding.wait(30) == 0


# -- A file of candles -----------------------------------------------------------------------------------------------

HEADER = "time,symbol,open,high,low,close,volume\n"
RISING = "1,PERP_BTC_USDC,95000,95600,94900,95500,8\n"
FALLING = "2,PERP_BTC_USDC,95500,95700,94000,94100,4\n"
ETHER = "2,PERP_ETH_USDC,3100,3110,3090,3095,40\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "candles.csv"
    path.write_text(text)
    return path


def test_candle_is_fed_as_four_prices(tmp_path: Path) -> None:
    quotes = list(candles_from(written(tmp_path, HEADER + RISING + FALLING)))
    assert [each[0].mark for each in quotes] == [95_000, 94_900, 95_600, 95_500, 95_500, 95_700, 94_000, 94_100]


def test_candles_of_one_time_are_fed_together(tmp_path: Path) -> None:
    quotes = list(candles_from(written(tmp_path, HEADER + FALLING + ETHER)))
    assert [[quote.symbol[5:8] for quote in each] for each in quotes] == [["BTC", "ETH"]] * 4


def test_low_of_a_candle_fills_resting_orders(account: Account, tmp_path: Path) -> None:
    order = paper_orders.place(account.pk, buy("0.01", "94000"))
    call_command("feed_prices", csv=written(tmp_path, HEADER + RISING + FALLING), interval=0)
    assert Order.objects.get(pk=order.pk).status == OrderStatus.FILLED


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "time, symbol"),
        ("time,symbol,open,high,low,close\n", "volume is missing"),
        (HEADER + "1,PERP_BTC_USDC,x,1,1,1,1\n", "line 2"),
        (HEADER + RISING + "2,PERP_BTC_USDC,1,2\n", "line 3"),
        (HEADER + "1,PERP_BTC_USDC,5,4,3,4,1\n", "line 2"),  # open above high
        (HEADER + "1,PERP_BTC_USDC,NaN,1,1,1,1\n", "line 2"),
        (HEADER + "1,PERP_BTC_USDC,1,1,0,1,1\n", "line 2"),
        (HEADER + "1,PERP_BTC_USDC,1,1,1,1,1e30\n", "line 2"),
        (HEADER + "1,PERP_BTC_USDC,1,1,1,1,-8\n", "line 2: volume is “-8”. It must be from 0 to below 10000000000"),
        (HEADER + "1,PERP_BTC_USDC,1,1e999999,1,1,1\n", "line 2: high is “1e999999”. It must be from 0"),
        ("\xff\xfe", "time, symbol"),
    ],
)
def test_error_in_a_file_names_its_line(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(CommandError, match=says):
        call_command("feed_prices", csv=written(tmp_path, text), interval=0)


def test_missing_file_is_explained(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        call_command("feed_prices", csv=tmp_path / "none.csv")


# -- An exchange -----------------------------------------------------------------------------------------------------

PAIR = {
    "name": "BTC/USD",
    "market_symbol": "btcusd",
    "base_currency": "BTC",
    "counter_currency": "USD",
    "base_decimals": 8,
    "counter_decimals": 0,
    "minimum_order_value": "10",
    "trading": "Enabled",
    "description": "Bitcoin / U.S. dollar",
    "market_type": "SPOT",
}


class Bitstamp(BaseHTTPRequestHandler):
    """A local server with the Bitstamp endpoints that ccxt requests."""

    def do_GET(self) -> None:
        answers = {"markets": [PAIR], "ticker": [{"pair": "BTC/USD", "last": "97123.45", "volume": "3"}]}
        body = json.dumps(next((answers[name] for name in answers if name in self.path), [])).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def bitstamp() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Bitstamp)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def test_prices_of_an_exchange_are_fed(bitcoin: Market, bitstamp: str) -> None:
    call_command("feed_prices", exchange="bitstamp", url=bitstamp, ticks=1, interval=0)
    bitcoin.refresh_from_db()
    assert bitcoin.mark_price == Decimal("97123.4")  # on our tick


@pytest.mark.parametrize(
    ("name", "url", "says"), [("none", "", "knows no exchange"), ("bitstamp", "http://127.0.0.1:9", "tell")]
)
def test_unreachable_exchange_is_explained(name: str, url: str, says: str) -> None:
    with pytest.raises(CommandError, match=says):
        call_command("feed_prices", exchange=name, url=url, ticks=1)
