"""After any actions in any order, money is conserved, and the records rebuild every row."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from apikeys.http.errors import ApiError
from perptools.trading import errors
from perptools.trading.decimals import floor_to
from perptools.trading.market_data import mark_prices
from perptools.trading.market_data.mark_prices import Quote
from perptools.trading.models import FINAL, Market, Order, OrderType, Position, Side
from perptools.trading.paper import accounts as paper_accounts
from perptools.trading.paper import orders as paper_orders
from perptools.trading.paper.order_requests import Amendment, OrderRequest
from perptools.trading.paper.portfolio import Portfolio
from tests.perptools.trading.recalculation import check_account
from tests.support.factories import make_trader

SYMBOLS = ("PERP_BTC_USDC", "PERP_DOGE_USDC")
UNPRICED = (OrderType.MARKET, OrderType.ASK, OrderType.BID)

traders = st.integers(0, 1)
symbols = st.sampled_from(SYMBOLS)
sides = st.sampled_from(Side)
bps = st.sampled_from([-20, 1, 20, -1, 0, -100, 100, -300, 300, -350, 350])  # the last ones are outside the price range
notionals = st.sampled_from([20_000, 90_000, 500, 300_000, 8])
moves = st.sampled_from([-100, 100, 10, -10, 500, -500, 0, 2_000, -2_000])  # basis points


class Venue(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.accounts = [make_trader().account.pk for _ in range(2)]
        self.now = datetime(2026, 3, 2, 12, tzinfo=UTC)
        paper_accounts.set_leverage(self.accounts[1], 50)

    @initialize(side=sides, usd=notionals)
    def begin(self, side: Side, usd: int) -> None:
        """Give both a position, and an order a little below the mark."""
        for trader in (0, 1):
            self.place(trader, SYMBOLS[trader], side, OrderType.MARKET, usd, 0)
            self.place(trader, SYMBOLS[0], Side.BUY, OrderType.LIMIT, 20_000, -20)

    def teardown(self) -> None:
        for final in Order.objects.filter(account_id__in=self.accounts, status__in=FINAL):
            with pytest.raises(errors.OrderNotOpen):
                paper_orders.cancel(final.account_id, final.market.symbol, pk=final.pk)
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    # -- What traders do ---------------------------------------------------------------------------------------------

    @rule(trader=traders, symbol=symbols, side=sides, usd=notionals)
    def trade(self, trader: int, symbol: str, side: Side, usd: int) -> None:
        self.place(trader, symbol, side, OrderType.MARKET, usd, 0)

    @rule(trader=traders, symbol=symbols, side=sides, type=st.sampled_from(OrderType), usd=notionals, off=bps)
    def place(self, trader: int, symbol: str, side: Side, type: OrderType, usd: int, off: int) -> None:
        account = self.accounts[trader]
        before = Portfolio.read(account).margin()
        self.attempt(lambda: paper_orders.place(account, self.order_request(symbol, side, type, usd, off)))
        after = Portfolio.read(account).margin()
        assert after.free >= 0 or after.initial <= before.initial

    @rule(trader=traders, symbol=symbols, type=st.sampled_from(OrderType), usd=notionals, off=bps)
    @precondition(lambda self: Position.objects.open().filter(account_id__in=self.accounts).exists())
    def reduce(self, trader: int, symbol: str, type: OrderType, usd: int, off: int) -> None:
        before = self.position(trader, symbol)
        side = Side.SELL if before > 0 else Side.BUY
        self.attempt(
            lambda: paper_orders.place(
                self.accounts[trader], self.order_request(symbol, side, type, usd, off, reduce_only=True)
            )
        )
        left = self.position(trader, symbol)
        assert left == before or 0 <= left / before < 1

    @rule(trader=traders, usd=notionals, off=bps, which=st.integers(0, 5))
    @precondition(lambda self: Order.objects.filter(account_id__in=self.accounts).open().exists())
    def amend(self, trader: int, usd: int, off: int, which: int) -> None:
        for order in self.open_orders(trader)[which : which + 1]:
            wanted = self.order_request(order.market.symbol, Side(order.side), OrderType.LIMIT, usd, off)
            change = Amendment(order.pk, wanted.symbol, wanted.side, wanted.price, wanted.quantity)
            self.attempt(lambda change=change: paper_orders.amend(self.accounts[trader], change))

    @rule(trader=traders, which=st.integers(0, 5))
    @precondition(lambda self: Order.objects.filter(account_id__in=self.accounts).open().exists())
    def cancel(self, trader: int, which: int) -> None:
        for order in self.open_orders(trader)[which : which + 1]:
            paper_orders.cancel(self.accounts[trader], order.market.symbol, pk=order.pk)

    @rule(trader=traders, what=st.sampled_from(["one market", "all", "leverage", "reset"]), leverage=st.integers(0, 51))
    def set_right(self, trader: int, what: str, leverage: int) -> None:
        account = self.accounts[trader]
        if what == "leverage":
            self.attempt(lambda: paper_accounts.set_leverage(account, leverage))
        elif what == "reset":
            assert paper_accounts.reset(account).holding == 10_000
        else:
            symbol = SYMBOLS[0] if what == "one market" else None
            paper_orders.cancel_all(account, symbol)
            assert not [order for order in self.open_orders(trader) if symbol in (None, order.market.symbol)]

    # -- What the market does ----------------------------------------------------------------------------------------

    @rule(symbol=symbols, change=moves, premium=st.integers(-100, 100), hours=st.integers(0, 9))
    def move(self, symbol: str, change: int, premium: int, hours: int) -> None:
        market = Market.objects.get(symbol=symbol)
        self.now += timedelta(hours=hours)
        index = max(market.index_price * (10_000 + change) / 10_000, market.quote_tick * 100)
        mark = floor_to(index * (10_000 + premium) / 10_000, market.quote_tick)
        mark_prices.move([Quote(symbol, mark, index)], self.now)

    # -- What must hold ----------------------------------------------------------------------------------------------

    @invariant()
    def records_rebuild_every_row(self) -> None:
        for account in self.accounts:
            check_account(account)

    # -- Said shortly ------------------------------------------------------------------------------------------------

    def order_request(
        self, symbol: str, side: Side, type: OrderType, usd: int, off: int, *, reduce_only: bool = False
    ) -> OrderRequest:
        """Return an order of about this value, this many basis points from the mark."""
        market = Market.objects.get(symbol=symbol)
        price = floor_to(market.mark_price * (10_000 + off) / 10_000, market.quote_tick)
        quantity = floor_to(usd / market.mark_price, market.base_tick)
        return OrderRequest(
            symbol, side, type, quantity, None, None if type in UNPRICED else price, reduce_only=reduce_only
        )

    def attempt(self, do: Callable[[], object]) -> None:
        """Do it. A rejection is fine, too."""
        try:
            do()
        except ApiError as rejection:
            assert 400 <= rejection.status < 500  # noqa: PT017

    def position(self, trader: int, symbol: str) -> Decimal:
        portfolio = Portfolio.read(self.accounts[trader])
        return portfolio.position(Market.objects.get(symbol=symbol)).quantity

    def open_orders(self, trader: int) -> list[Order]:
        return list(Order.objects.owned_by(self.accounts[trader]).open().select_related("market").order_by("id"))


@pytest.mark.django_db
def test_records_rebuild_every_row_after_any_actions() -> None:
    some = settings(
        max_examples=15,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    run_state_machine_as_test(Venue, settings=some)
