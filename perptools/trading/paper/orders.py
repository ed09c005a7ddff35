"""Place, amend and cancel orders. Each verb is one transaction that takes the account's lock first; see README.md."""

from collections.abc import Sequence

from apikeys.db.prepared import Given, Question
from apikeys.http.errors import BadParameter
from perptools.trading.errors import DuplicateClientOrderId, OrderNotOpen, QuantityNotAllowed
from perptools.trading.models import Order, OrderType, Side
from perptools.trading.paper import matching, order_rules
from perptools.trading.paper.atomic import whole
from perptools.trading.paper.lookups import find_market, find_open_order
from perptools.trading.paper.order_book import Book
from perptools.trading.paper.order_requests import Amendment, Ticket
from perptools.trading.paper.portfolio import check_margin
from perptools.trading.paper.unit_of_work import Desk

# -- Orders ------------------------------------------------------------------------------------------------------------


@whole
def place(account_pk: int, ticket: Ticket, by_key: int | None = None) -> Order:
    """Take an order: fill what can be filled now, rest what may rest. Raises an ApiError, and then nothing happened."""
    desk = Desk.of(account_pk)
    # Read once: a funding held since then is charged for what was held before this order.
    market = desk.portfolio.market(ticket.symbol) or find_market(ticket.symbol)
    book = Book(market)
    ticket = order_rules.priced(ticket, market, book)
    quantity = order_rules.check(ticket, market, desk.portfolio.position(market))
    check_client_order_id(account_pk, ticket.client_order_id)
    before = desk.portfolio.as_it_stands()
    order = order_rules.order(ticket, desk.account_pk, market, quantity)
    order.api_key_id = by_key
    desk.enter(order)
    _match(desk, order, book)
    check_margin(before, desk.portfolio)
    desk.write()
    return order


@whole
def amend(account_pk: int, amendment: Amendment) -> Order:
    """Change an open order's price or total quantity. It keeps its id, and meets the book anew."""
    desk = Desk.of(account_pk)
    order = find_open_order(account_pk, amendment.symbol, pk=amendment.order_id)
    _check_same(order, amendment)
    order.market = desk.portfolio.positions[order.market_id].market  # with the fundings that have been charged
    before = desk.portfolio.as_it_stands()
    desk.unrest(order)
    _change(desk, order, amendment)
    desk.keep(order)
    _match(desk, order, Book(order.market))
    check_margin(before, desk.portfolio)
    desk.write()
    return order


@whole
def cancel(account_pk: int, symbol: str, **which: object) -> Order:
    """Cancel an open order, found by `pk` or `client_order_id`."""
    desk = Desk.of(account_pk)
    order = find_open_order(account_pk, symbol, **which)
    desk.withdraw(order)
    desk.write()
    return order


@whole
def cancel_many(account_pk: int, **which: Sequence[object]) -> list[Order]:
    """Cancel those of some orders that are open, found by `pk__in` or `client_order_id__in`; at least one must be."""
    desk = Desk.of(account_pk)
    orders = list(Order.objects.owned_by(account_pk).open().filter(**which).select_related("market").order_by())
    if not orders:
        raise OrderNotOpen("None of these orders is open.")
    for order in orders:
        desk.withdraw(order)
    desk.write()
    return orders


@whole
def cancel_all(account_pk: int, symbol: str | None = None) -> None:
    """Cancel every open order, of one market or of all."""
    desk = Desk.of(account_pk)
    desk.cancel_all(symbol)
    desk.write()


# -- Finding and checking ----------------------------------------------------------------------------------------------


def check_client_order_id(account_pk: int, client_order_id: str) -> None:
    """Refuse an id that an open order has. That would be its newest order: no other is opened as long as it is open."""
    if client_order_id and (None,) in _NEWEST_CLOSED.ask(account=account_pk, client_order_id=client_order_id):
        raise DuplicateClientOrderId(field="client_order_id")


_NEWEST_CLOSED = Question(
    lambda: (
        Order.objects.filter(account_id=Given("account"), client_order_id=Given("client_order_id"))
        .order_by("-id")
        .values_list("closed_at")[:1]
    )
)


def _match(desk: Desk, order: Order, book: Book) -> None:
    desk.take(order, book)
    if not order.remaining:
        return
    if matching.rests(order, book):
        desk.rest(order)
    else:
        desk.drop(order)


def _check_same(order: Order, amendment: Amendment) -> None:
    """Raise BadParameter where an amendment says what an order cannot become."""
    fixed = {
        "side": (amendment.side, order.side),
        "order_type": (amendment.type, order.type),
        "client_order_id": (amendment.client_order_id, order.client_order_id),
        "reduce_only": (amendment.reduce_only, order.reduce_only),
    }
    for field, (wanted, now) in fixed.items():
        if wanted is not None and wanted != now:
            raise BadParameter(
                f"{field}: an order cannot change its {field}. Cancel it and place another.", field=field
            )


def _change(desk: Desk, order: Order, amendment: Amendment) -> None:
    price = order.price if amendment.price is None else amendment.price
    quantity = order.quantity if amendment.quantity is None else amendment.quantity
    wanted = Ticket(
        symbol=order.market.symbol,
        side=Side(order.side),
        type=OrderType(order.type),
        price=price,
        quantity=quantity,
        reduce_only=order.reduce_only,
    )
    order_rules.check(wanted, order.market, desk.portfolio.position(order.market))
    if quantity <= order.executed_quantity:
        raise QuantityNotAllowed(
            f"order_quantity is the new total: {order.executed_quantity:f} is executed already.", field="order_quantity"
        )
    is_all_visible = order.visible_quantity == order.quantity
    order.price, order.quantity = price, quantity
    order.quantity = order.executed_quantity + desk.fillable(order)
    order.visible_quantity = order.quantity if is_all_visible else min(order.visible_quantity, order.quantity)
