"""Fill resting orders that the mark price has reached."""

from perptools.trading.models import Market, Order, Side
from perptools.trading.paper.atomic import atomic_without_savepoint
from perptools.trading.paper.order_book import Book
from perptools.trading.paper.unit_of_work import UnitOfWork

FILLED_AT_ONCE = 200  # in one transaction, because on SQLite everyone waits for it


def fill(account_pk: int, market: Market) -> None:
    """Fill an account's resting orders that the mark price has reached, oldest first, each at its own price."""
    last: int | None = 0
    while last is not None:
        last = _fill_some(account_pk, market, after=last)


@atomic_without_savepoint
def _fill_some(account_pk: int, market: Market, *, after: int) -> int | None:
    """Fill the oldest of the orders with later IDs. Returns the last one's ID if there may be more."""
    work = UnitOfWork.of(account_pk)
    book = Book(market)
    later = Order.objects.owned_by(account_pk).filter(market=market, pk__gt=after)
    reached = [order for side in Side for order in later.reached(side).order_by("pk")[:FILLED_AT_ONCE]]
    oldest = sorted(reached, key=lambda order: order.pk)[:FILLED_AT_ONCE]
    for order in oldest:
        order.market = market
        work.meet(order, book)
    work.write()
    return oldest[-1].pk if len(oldest) == FILLED_AT_ONCE else None
