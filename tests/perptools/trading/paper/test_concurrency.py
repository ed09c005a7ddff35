"""Parallel actions: those of one account run one after the other, each completely or not at all."""

import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as runs
from hypothesis import strategies as st

from apikeys.http.errors import ApiError
from apikeys.models import Account
from perptools.trading.market_data import mark_prices
from perptools.trading.models import Order, OrderStatus, Side
from perptools.trading.paper import accounts as paper_accounts
from perptools.trading.paper import orders as paper_orders
from perptools.trading.paper.order_requests import Amendment
from perptools.trading.paper.portfolio import Portfolio
from tests.perptools.trading.order_requests import buy, sell
from tests.perptools.trading.recalculation import check_account
from tests.support.concurrency import at_once
from tests.support.factories import make_trader
from tests.support.servers import environment_of

THREADS = 6


@pytest.fixture
def trader(transactional_db: None) -> Account:
    return make_trader().account


def test_parallel_orders_never_overspend(trader: Account) -> None:
    outcomes = at_once(*[lambda: paper_orders.place(trader.pk, buy("0.3"))] * THREADS)
    accepted = [outcome for outcome in outcomes if isinstance(outcome, Order)]
    assert (len(accepted), Portfolio.read(trader.pk).margin().free >= 0) == (3, True)  # 3 × 2,850 USDC of 10,000
    check_account(trader.pk)


def test_one_client_order_id_opens_one_order(trader: Account) -> None:
    at_once(*[lambda: paper_orders.place(trader.pk, buy("0.01", "90000", client_order_id="same"))] * THREADS)
    assert Order.objects.open().count() == 1


def test_parallel_cancels_and_fills_agree(trader: Account) -> None:
    order = paper_orders.place(trader.pk, buy("0.01", "94000"))
    cancels = [lambda: paper_orders.cancel(trader.pk, "PERP_BTC_USDC", pk=order.pk)] * 3
    outcomes = at_once(*cancels, *[lambda: mark_prices.set_mark("PERP_BTC_USDC", Decimal(93_000))] * 3)
    order.refresh_from_db()
    cancelled = sum(isinstance(outcome, Order) for outcome in outcomes)
    assert (order.status, cancelled) in [(OrderStatus.CANCELLED, 1), (OrderStatus.FILLED, 0)]
    check_account(trader.pk)


def test_parallel_reduce_only_orders_never_open(trader: Account) -> None:
    paper_orders.place(trader.pk, buy("0.01"))
    at_once(*[lambda: paper_orders.place(trader.pk, sell("0.01", reduce_only=True))] * THREADS)
    assert Portfolio.read(trader.pk).open_positions() == []
    check_account(trader.pk)


def test_orders_prices_and_liquidations_do_not_deadlock(transactional_db: None) -> None:
    accounts = [make_trader().account.pk for _ in range(2)]

    def trade(account: int) -> None:
        paper_accounts.set_leverage(account, 50)
        for number in range(15):
            for order_request in (buy("0.5"), buy("0.05", f"{94_000 + number}"), sell("0.2")):
                try:
                    paper_orders.place(account, order_request)
                except ApiError:
                    continue

    def move(first: int) -> None:
        for number in range(15):
            quotes = [mark_prices.Quote("PERP_BTC_USDC", Decimal(first - 300 * (number % 5)))]
            mark_prices.move([*quotes, mark_prices.Quote("PERP_ETH_USDC", Decimal(3_000 + number))])

    outcomes = at_once(*[lambda pk=pk: trade(pk) for pk in accounts], lambda: move(95_000), lambda: move(94_500))
    assert outcomes == [None] * 4
    for account in accounts:
        check_account(account)


PLACE_ON_AND_ON = """
import django; django.setup()
from perptools.trading.paper import orders
from tests.perptools.trading.order_requests import buy, sell
for number in range(10_000):
    orders.place({account}, (buy if number % 2 else sell)("0.001"))
    print(number, flush=True)
"""


def test_process_killed_during_an_order_leaves_all_or_nothing(trader: Account, tmp_path: Path) -> None:
    command = [sys.executable, "-c", PLACE_ON_AND_ON.format(account=trader.pk)]
    with subprocess.Popen(
        command, cwd=settings.BASE_DIR, env=environment_of(tmp_path), stdout=subprocess.PIPE, text=True
    ) as placing:
        assert placing.stdout
        placed = [next(placing.stdout) for _ in range(7)]
        placing.kill()
    check_account(trader.pk)
    assert Order.objects.filter(status=OrderStatus.FILLED).count() >= len(placed)


# -- Whatever several do at once -------------------------------------------------------------------------------------

deeds = st.sampled_from(
    [
        lambda pk: paper_orders.place(pk, buy("0.2")),
        lambda pk: paper_orders.place(pk, sell("0.3")),
        lambda pk: paper_orders.place(pk, buy("0.02", "94500", client_order_id="same")),
        lambda pk: paper_orders.place(pk, sell("0.05", "95300", reduce_only=True)),
        lambda pk: paper_orders.place(pk, buy(None, symbol="PERP_ETH_USDC", amount=Decimal(3_000))),
        lambda pk: paper_orders.cancel(pk, "PERP_BTC_USDC", client_order_id="same"),
        lambda pk: paper_orders.amend(pk, Amendment(_newest(pk), "PERP_BTC_USDC", Side.BUY, quantity=Decimal("0.03"))),
        lambda pk: paper_accounts.set_leverage(pk, 50),
        lambda pk: paper_orders.cancel_all(pk),
        lambda pk: paper_accounts.reset(pk),
    ]
)
marks = st.sampled_from([95_000, 94_400, 95_400, 93_000, 97_000])


def _newest(account_pk: int) -> int:
    newest = Order.objects.owned_by(account_pk).order_by("-id").values_list("pk", flat=True).first()
    return newest or 0


# One pair of accounts for all runs, each of which continues after the previous one.
few = runs(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture
def pair(transactional_db: None) -> list[Account]:
    return [make_trader().account for _ in range(2)]


@given(
    st.lists(st.lists(deeds, min_size=4, max_size=8), min_size=3, max_size=3), st.lists(marks, min_size=4, max_size=6)
)
@few
def test_records_rebuild_every_row_after_parallel_actions(
    pair: list[Account], programs: list[list[Callable[[int], object]]], moves: list[int]
) -> None:
    """Two threads trade on one account and one on another, while two feeds move prices and charge fundings."""
    first, second = (account.pk for account in pair)
    owners = zip((first, first, second), programs, strict=True)
    traders = [lambda pk=pk, program=program: run(program, pk) for pk, program in owners]
    feeds = [lambda hours=hours: feed(moves, hours) for hours in (0, 8)]
    assert at_once(*traders, *feeds) == [None] * 5
    for account in pair:
        check_account(account.pk)


def run(program: list[Callable[[int], object]], account_pk: int) -> None:
    for deed in program:
        with suppress(ApiError):
            deed(account_pk)


def feed(moves: list[int], hours: int) -> None:
    for number, mark in enumerate(moves):
        now = timezone.now() + timedelta(hours=hours * number)
        mark_prices.move(
            [mark_prices.Quote("PERP_ETH_USDC", Decimal(mark) / 30), mark_prices.Quote("PERP_BTC_USDC", Decimal(mark))],
            now,
        )
