"""The synthetic order book around a mark price: what an order can trade against.

The best bid and ask are `half_spread` away from the mark, and the next levels `level_step` apart, all on the price
tick. The best level holds `level_value` USDC, the second twice that, the third three times: little near the mark, more
further away. The book is full again for every order, and contains no trader's order: traders trade with the venue, not
with one another.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import cached_property
from itertools import islice
from typing import NamedTuple

from perptools.trading.decimals import ZERO, ceil_to, floor_to, times
from perptools.trading.models import Market, Side

LEVELS = 50


class Level(NamedTuple):
    price: Decimal
    quantity: Decimal


class Book:
    def __init__(self, market: Market) -> None:
        self.market = market

    def asks(self) -> Iterator[Level]:
        """Yield the levels to buy from, cheapest first."""
        best = ceil_to(times(self.market.mark_price, 1 + self.market.half_spread), self.market.quote_tick)
        return self._levels(best, 1)

    def bids(self) -> Iterator[Level]:
        """Yield the levels to sell to, highest first."""
        best = floor_to(times(self.market.mark_price, 1 - self.market.half_spread), self.market.quote_tick)
        return self._levels(best, -1)

    def against(self, side: Side) -> Iterator[Level]:
        """Return the levels that an order of this side takes from."""
        return self.asks() if side is Side.BUY else self.bids()

    def price(self, side: Side, level: int = 0) -> Decimal | None:
        """Return the price of a level on a side's own part of the book: bids for BUY."""
        found = next(islice(self.against(side.other), level, None), None)
        return found.price if found else None

    @cached_property
    def _step(self) -> Decimal:
        tick = self.market.quote_tick
        return max(tick, floor_to(times(self.market.mark_price, self.market.level_step), tick))

    def _levels(self, best: Decimal, away: int) -> Iterator[Level]:
        market = self.market
        for number in range(LEVELS):
            price = best + number * away * self._step if number else best
            if price <= 0:
                return
            quantity = floor_to(market.level_value * (number + 1) / price, market.base_tick)
            yield Level(price, max(quantity, market.base_min))


def up_to(levels: Iterable[Level], side: Side, limit: Decimal) -> Iterator[Level]:
    """Yield the levels that an order of this side can take within its limit price."""
    for level in levels:
        if (limit - level.price) * side.sign < 0:
            return
        yield level


def take(levels: Iterable[Level], quantity: Decimal) -> Iterator[Level]:
    """Yield what a quantity takes from each level, until it is used up."""
    for level in levels:
        if quantity <= 0:
            return
        taken = min(quantity, level.quantity)
        yield Level(level.price, taken)
        quantity -= taken


def quantity_for(levels: Iterable[Level], amount: Decimal, step: Decimal) -> Decimal:
    """Return the quantity that an amount of USDC buys, in whole steps."""
    bought = ZERO
    for level in levels:
        affordable = floor_to(amount / level.price, step)
        taken = min(affordable, level.quantity)
        bought += taken
        amount -= times(level.price, taken)
        if taken < level.quantity:
            break
    return bought
