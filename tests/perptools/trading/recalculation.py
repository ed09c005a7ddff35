"""Recalculate an account from its records: transfers, fills and fundings."""

from dataclasses import dataclass, field
from decimal import Decimal

from perptools.trading.models import Fill, FundingPayment, Order, Position, Side, Transfer, TransferSide
from perptools.trading.paper.portfolio import Portfolio


@dataclass
class Books:
    """An account's holding and positions, according to its records."""

    holding: Decimal = Decimal(0)
    positions: dict[int, Position] = field(default_factory=dict)
    # The cost of buying and the proceeds of selling, by market.
    traded: dict[int, Decimal] = field(default_factory=dict)
    realized: dict[int, Decimal] = field(default_factory=dict)

    def take(self, fill: Fill) -> None:
        position = self.positions.setdefault(fill.market_id, Position())
        realized = position.trade(Side(fill.side), fill.quantity, fill.price)
        assert realized == fill.realized_pnl
        self.holding += realized - fill.fee
        self.realized[fill.market_id] = self.realized.get(fill.market_id, Decimal(0)) + realized
        signed = -fill.value * Side(fill.side).sign
        self.traded[fill.market_id] = self.traded.get(fill.market_id, Decimal(0)) + signed


def replay(account_pk: int) -> Books:
    books = Books()
    for transfer in Transfer.objects.filter(account_id=account_pk):
        books.holding += transfer.amount if transfer.side == TransferSide.DEPOSIT else -transfer.amount
    for payment in FundingPayment.objects.filter(account_id=account_pk):
        books.holding -= payment.amount
    for fill in Fill.objects.filter(account_id=account_pk).order_by("id"):
        books.take(fill)
    return books


def check_account(account_pk: int) -> None:
    """Compare an account's rows with its records, and fail with the differences."""
    portfolio, books = Portfolio.read(account_pk), replay(account_pk)
    assert portfolio.balance.holding == books.holding
    assert portfolio.open_positions() or books.holding >= 0  # an account without positions has no debt
    for market_pk, position in portfolio.positions.items():
        rebuilt = books.positions.get(market_pk, Position())
        assert (position.quantity, position.cost) == (rebuilt.quantity, rebuilt.cost)
        # Money is conserved: realised PnL plus the value still in the position is the cost and proceeds of trading.
        assert books.realized.get(market_pk, 0) - position.cost == books.traded.get(market_pk, 0)
    orders = list(Order.objects.owned_by(account_pk).prefetch_related("fills"))
    for market_pk, position in portfolio.positions.items():
        check_pending(position, [order for order in orders if order.market_id == market_pk])
    for order in orders:
        check_fills(order)


def check_pending(position: Position, orders: list[Order]) -> None:
    still = [order for order in orders if order.is_open]
    counted = [order for order in still if not order.reduce_only]
    fills = sum(len(order.fills.all()) for order in orders)
    assert (position.orders, position.open_orders, position.fills) == (len(orders), len(still), fills)
    assert position.pending_long == sum(order.remaining for order in counted if order.side == Side.BUY)
    assert position.pending_short == sum(order.remaining for order in counted if order.side == Side.SELL)


def check_fills(order: Order) -> None:
    fills = list(order.fills.all())
    assert order.executed_quantity == sum(fill.quantity for fill in fills) <= order.quantity
    assert order.executed_value == sum(fill.value for fill in fills)
    assert order.fee == sum(fill.fee for fill in fills)
    assert order.realized_pnl == sum(fill.realized_pnl for fill in fills)
