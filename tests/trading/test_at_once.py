"""Many at once: what happens to one account happens one after the other, and wholly or not at all."""

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from threading import Barrier

import pytest
from django.conf import settings
from django.db import connection

from apikeys.errors import ApiError
from apikeys.models import Account
from perptools.trading import ledger, prices
from perptools.trading.models import Order, OrderStatus
from perptools.trading.portfolio import Portfolio
from tests.servers import environment_of
from tests.traders import make_trader
from tests.trading.orders import buy, sell
from tests.trading.replay import check_account

THREADS = 6


@pytest.fixture
def trader(transactional_db: None) -> Account:
    return make_trader().account


def at_once(*deeds: Callable[[], object]) -> list[object]:
    """Do all of it at the same time. Returns what each brought: a result, or the refusal."""
    start = Barrier(len(deeds))

    def do(deed: Callable[[], object]) -> object:
        try:
            start.wait()
            return deed()
        except ApiError as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(deeds)) as threads:
        return list(threads.map(do, deeds))


def test_parallel_orders_never_overspend(trader: Account) -> None:
    outcomes = at_once(*[lambda: ledger.place(trader.pk, buy("0.3"))] * THREADS)
    accepted = [outcome for outcome in outcomes if isinstance(outcome, Order)]
    assert (len(accepted), Portfolio.read(trader.pk).margin().free >= 0) == (3, True)  # 3 × 2,850 USDC of 10,000
    check_account(trader.pk)


def test_one_client_order_id_opens_one_order(trader: Account) -> None:
    at_once(*[lambda: ledger.place(trader.pk, buy("0.01", "90000", client_order_id="same"))] * THREADS)
    assert Order.objects.open().count() == 1


def test_parallel_cancels_and_fills_agree(trader: Account) -> None:
    order = ledger.place(trader.pk, buy("0.01", "94000"))
    cancels = [lambda: ledger.cancel(trader.pk, "PERP_BTC_USDC", pk=order.pk)] * 3
    outcomes = at_once(*cancels, *[lambda: prices.set_mark("PERP_BTC_USDC", Decimal(93_000))] * 3)
    order.refresh_from_db()
    cancelled = sum(isinstance(outcome, Order) for outcome in outcomes)
    assert (order.status, cancelled) in [(OrderStatus.CANCELLED, 1), (OrderStatus.FILLED, 0)]
    check_account(trader.pk)


def test_parallel_reduce_only_orders_never_open(trader: Account) -> None:
    ledger.place(trader.pk, buy("0.01"))
    at_once(*[lambda: ledger.place(trader.pk, sell("0.01", reduce_only=True))] * THREADS)
    assert Portfolio.read(trader.pk).held() == []
    check_account(trader.pk)


def test_traders_prices_and_liquidations_get_past_one_another(transactional_db: None) -> None:
    accounts = [make_trader().account.pk for _ in range(2)]

    def trade(account: int) -> None:
        ledger.set_leverage(account, 50)
        for number in range(15):
            for ticket in (buy("0.5"), buy("0.05", f"{94_000 + number}"), sell("0.2")):
                try:
                    ledger.place(account, ticket)
                except ApiError:
                    continue

    def move(first: int) -> None:
        for number in range(15):
            quotes = [prices.Quote("PERP_BTC_USDC", Decimal(first - 300 * (number % 5)))]
            prices.move([*quotes, prices.Quote("PERP_ETH_USDC", Decimal(3_000 + number))])

    outcomes = at_once(*[lambda pk=pk: trade(pk) for pk in accounts], lambda: move(95_000), lambda: move(94_500))
    assert outcomes == [None] * 4
    for account in accounts:
        check_account(account)


PLACE_ON_AND_ON = """
import django; django.setup()
from perptools.trading import ledger
from tests.trading.orders import buy, sell
for number in range(10_000):
    ledger.place({account}, (buy if number % 2 else sell)("0.5"))
    print(number, flush=True)
"""


def test_a_process_killed_in_the_middle_of_an_order_leaves_it_whole_or_not_at_all(
    trader: Account, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", PLACE_ON_AND_ON.format(account=trader.pk)]
    with subprocess.Popen(
        command, cwd=settings.BASE_DIR, env=environment_of(tmp_path), stdout=subprocess.PIPE, text=True
    ) as placing:
        assert placing.stdout
        placed = [next(placing.stdout) for _ in range(7)]
        placing.kill()
    check_account(trader.pk)
    assert Order.objects.filter(status=OrderStatus.FILLED).count() >= len(placed)
