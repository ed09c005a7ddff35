"""The unit of work: one account's rows, changed in memory under its lock and written once, at the end.

`orders` decides what to do; the unit of work does it to the rows: execute, rest, withdraw, charge. An order that is
rejected half-way has changed nothing in the database, because `write` was never reached.
"""

from decimal import Decimal
from typing import Self

from django.db.models import QuerySet
from django.utils import timezone

from perptools.trading.decimals import ZERO, times
from perptools.trading.models import (
    Fill,
    FundingPayment,
    FundingRate,
    Market,
    Order,
    OrderStatus,
    OrderType,
    Position,
    Side,
    Transfer,
    TransferReason,
    TransferSide,
)
from perptools.trading.paper import fees, matching, row_writer
from perptools.trading.paper.lookups import find_market
from perptools.trading.paper.order_book import Book
from perptools.trading.paper.portfolio import Portfolio


class UnitOfWork:
    def __init__(self, portfolio: Portfolio) -> None:
        self.portfolio = portfolio
        self.now = timezone.now()
        self._orders: dict[int, Order] = {}  # by identity, because new ones have no ID yet
        self._withdrawn: list[QuerySet[Order]] = []
        self._fills: list[Fill] = []
        self._payments: list[FundingPayment] = []
        self._transfers: list[Transfer] = []
        self._touched: set[int] = set()

    @classmethod
    def of(cls, account_pk: int) -> Self:
        """Lock the account, and charge fundings that are due."""
        work = cls(Portfolio.locked(account_pk))
        work._charge_fundings()
        return work

    @property
    def account_pk(self) -> int:
        return self.portfolio.balance.account_id

    # -- Orders ------------------------------------------------------------------------------------------------------

    def take(self, order: Order, book: Book) -> None:
        """Execute an incoming order against the book, as far as its type and price allow."""
        for level in matching.taken(order, book, self.fillable(order)):
            self._execute(order, level.price, level.quantity, is_maker=False)

    def meet(self, order: Order, book: Book) -> None:
        """Execute a resting order at its own price, against what the book holds up to there."""
        quantity = min(self.fillable(order), matching.offered(order, book))
        if quantity and order.price is not None:
            self._pend(order, -quantity)
            self._execute(order, order.price, quantity, is_maker=True)
            if not order.is_open:
                self._touch(order.market).open_orders -= 1
        if order.is_open and not self.fillable(order):  # reduce-only, with nothing left to reduce
            self.withdraw(order)

    def rest(self, order: Order) -> None:
        """Let the rest of an order stay in the market."""
        self._pend(order, order.remaining)
        self._touch(order.market).open_orders += 1

    def unrest(self, order: Order) -> None:
        self._pend(order, -order.remaining)
        self._touch(order.market).open_orders -= 1

    def withdraw(self, order: Order) -> None:
        """Cancel a resting order."""
        self.unrest(order)
        self.drop(order)

    def cancel_all(self, symbol: str | None = None) -> None:
        """Cancel the account's open orders, of one market or of all, in one statement for any number."""
        orders = Order.objects.owned_by(self.account_pk).open()
        if symbol is not None:
            orders = orders.filter(market=find_market(symbol))
        self._withdrawn.append(orders)
        markets = [each.market for each in self.portfolio.positions.values() if symbol in (None, each.market.symbol)]
        for market in markets:
            position = self._touch(market)
            position.pending_long = position.pending_short = ZERO
            position.open_orders = 0

    def drop(self, order: Order) -> None:
        order.status = OrderStatus.CANCELLED
        order.closed_at = self.now
        self.keep(order)

    def keep(self, order: Order) -> None:
        """Write this order at the end."""
        order.updated_at = self.now
        self._orders[id(order)] = order

    def enter(self, order: Order) -> None:
        """Write this new order at the end."""
        order.created_at = self.now
        self._touch(order.market).orders += 1
        self.keep(order)

    def fillable(self, order: Order) -> Decimal:
        if not order.reduce_only:
            return order.remaining
        return min(order.remaining, self.portfolio.position(order.market).reducible_by(Side(order.side)))

    def close_out(self, position: Position, tag: str, fee: Decimal = ZERO) -> None:
        """Close a position at the mark price, with an order of the venue."""
        side = Side.SELL if position.quantity > 0 else Side.BUY
        order = row_writer.new(
            Order,
            account_id=self.account_pk,
            market=position.market,
            type=OrderType.MARKET,
            side=side,
            quantity=abs(position.quantity),
            reduce_only=True,
            tag=tag,
        )
        self.enter(order)
        self._execute(order, position.market.mark_price, order.quantity, is_maker=False, fee=fee)

    # -- Money -------------------------------------------------------------------------------------------------------

    def transfer(self, amount: Decimal, reason: TransferReason) -> None:
        """Add paper money, or remove it if the amount is negative."""
        if not amount:
            return
        self.portfolio.balance.holding += amount
        side = TransferSide.DEPOSIT if amount > 0 else TransferSide.WITHDRAW
        self._transfers.append(
            Transfer(account_id=self.account_pk, side=side, reason=reason, amount=abs(amount), created_at=self.now)
        )

    def _charge_fundings(self) -> None:
        for position in self.portfolio.positions.values():
            if position.fundings == position.market.fundings:
                continue
            due = FundingRate.objects.filter(market=position.market, number__gt=position.fundings)
            for funding in due.order_by("number") if position.quantity else ():
                self._charge(position, funding)
            self._touch(position.market).fundings = position.market.fundings

    def _charge(self, position: Position, funding: FundingRate) -> None:
        amount = times(position.quantity, funding.mark_price, funding.rate)
        self.portfolio.balance.holding -= amount
        self._payments.append(
            FundingPayment(
                account_id=self.account_pk,
                market=position.market,
                number=funding.number,
                rate=funding.rate,
                mark_price=funding.mark_price,
                amount=amount,
                created_at=funding.at,
            )
        )

    # -- Rows --------------------------------------------------------------------------------------------------------

    def write(self) -> None:
        self._insure()
        for orders in self._withdrawn:
            orders.update(status=OrderStatus.CANCELLED, updated_at=self.now, closed_at=self.now)
        for order in self._orders.values():
            row_writer.save(order)
        for fill in self._fills:
            fill.order_id = fill.order.pk
        for row in (*self._fills, *self._payments, *self._transfers):
            row_writer.save(row)
        for market_pk in self._touched:
            position = self.portfolio.positions[market_pk]
            position.updated_at = self.now
            row_writer.save(position)
        self.portfolio.balance.updated_at = self.now
        row_writer.save(self.portfolio.balance)

    def _insure(self) -> None:
        """Let the insurance fund pay a loss beyond the account's money."""
        if not self.portfolio.open_positions():
            self.transfer(max(-self.portfolio.balance.holding, ZERO), TransferReason.INSURANCE)

    def _execute(
        self, order: Order, price: Decimal, quantity: Decimal, *, is_maker: bool, fee: Decimal | None = None
    ) -> None:
        value = times(price, quantity)
        position = self._touch(order.market)
        position.fills += 1
        realized = position.trade(Side(order.side), quantity, price)
        paid = fees.fee(value, is_maker=is_maker) if fee is None else fee
        order.executed_quantity += quantity
        order.executed_value += value
        order.fee += paid
        order.realized_pnl += realized
        order.status = OrderStatus.PARTIAL_FILLED if order.remaining else OrderStatus.FILLED
        order.closed_at = None if order.remaining else self.now
        self.keep(order)
        self.portfolio.balance.holding += realized - paid
        self._fills.append(
            row_writer.new(
                Fill,
                account_id=self.account_pk,
                market=order.market,
                order=order,
                side=order.side,
                price=price,
                quantity=quantity,
                value=value,
                fee=paid,
                realized_pnl=realized,
                is_maker=is_maker,
                created_at=self.now,
            )
        )

    def _pend(self, order: Order, quantity: Decimal) -> None:
        """Add a quantity to what open orders could add to the position, or subtract it."""
        position = self._touch(order.market)
        if order.reduce_only:
            return
        if order.side == Side.BUY:
            position.pending_long += quantity
        else:
            position.pending_short += quantity

    def _touch(self, market: Market) -> Position:
        position = self.portfolio.position(market)
        self._touched.add(market.pk)
        return position
