"""What an order executes, by its type. Nothing here changes anything.

- MARKET takes from the book as far as price_range from the mark, LIMIT and IOC as far as their price. FOK takes all
  of its quantity or nothing. POST_ONLY takes nothing. ASK and BID have become limit orders at a price of the book
  (`order_rules`).
- The rest of LIMIT, POST_ONLY, ASK and BID orders stays in the market. The rest of MARKET, IOC and FOK orders is
  cancelled, and so is a POST_ONLY order that would have taken something.
- A resting order is reached when the mark price reaches its price. It is executed at its own price, against what the
  book holds up to there: at least its first level.
"""

from collections.abc import Iterator
from decimal import Decimal

from perptools.trading.decimals import ZERO, times
from perptools.trading.models import RESTING, Market, Order, OrderType, Side
from perptools.trading.paper.order_book import Book, Level, take, up_to


def taken(order: Order, book: Book, quantity: Decimal) -> list[Level]:
    """Return what an incoming order takes of a quantity, level by level."""
    if order.type == OrderType.POST_ONLY:
        return []
    levels = list(take(_reachable(order, book), quantity))
    if order.type == OrderType.FOK and sum((level.quantity for level in levels), ZERO) < quantity:
        return []
    return levels


def rests(order: Order, book: Book) -> bool:
    """Return whether the rest of an order stays in the market."""
    if order.type == OrderType.POST_ONLY:
        return not any(True for _ in _reachable(order, book))
    return order.type in RESTING


def offered(order: Order, book: Book) -> Decimal:
    """Return the quantity in the book for a resting order that was reached."""
    first, *rest = book.against(Side(order.side))
    within = up_to(rest, Side(order.side), order.price or ZERO)
    return sum((level.quantity for level in within), first.quantity)


def limit_price(market: Market, side: Side) -> Decimal:
    """Return the worst price that a market order accepts."""
    return times(market.mark_price, 1 + side.sign * market.price_range)


def _reachable(order: Order, book: Book) -> Iterator[Level]:
    side = Side(order.side)
    limit = limit_price(order.market, side) if order.price is None else order.price
    return up_to(book.against(side), side, limit)
