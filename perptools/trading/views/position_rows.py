"""A position with its values at the current prices, as a trader reads it."""

from dataclasses import dataclass
from decimal import Decimal

from perptools.trading.decimals import divide
from perptools.trading.models import Market, MarketStatus, Position, Side
from perptools.trading.paper import margin
from perptools.trading.paper.portfolio import Portfolio


@dataclass(frozen=True, slots=True)
class PositionRow:
    position: Position
    margin: Decimal  # initial, without orders
    liquidation_price: Decimal | None  # None if no price of this market would liquidate the account

    @property
    def market(self) -> Market:
        return self.position.market

    @property
    def is_long(self) -> bool:
        return self.position.quantity > 0

    @property
    def closing_side(self) -> Side:
        return Side.SELL if self.is_long else Side.BUY

    @property
    def size(self) -> Decimal:
        return abs(self.position.quantity)

    @property
    def pnl_share(self) -> Decimal:
        """The unsettled PnL as a share of the position's value when it was opened."""
        return divide(self.position.unsettled_pnl, abs(self.position.cost)) if self.position.cost else Decimal(0)

    @property
    def is_halted(self) -> bool:
        return self.market.status == MarketStatus.HALTED


def read(portfolio: Portfolio) -> list[PositionRow]:
    total, leverage = portfolio.margin(), portfolio.balance.leverage
    return [
        PositionRow(
            position,
            margin.initial_margin(position.market, leverage, position.notional),
            margin.liquidation_price(position, total) or None,
        )
        for position in portfolio.open_positions()
    ]
