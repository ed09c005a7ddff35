"""Place, amend and cancel orders. Each of these is one transaction that first locks the account; see README.md."""

from collections.abc import Sequence

from apikeys.db.prepared import Given, Question
from apikeys.http.errors import BadParameter
from perptools.trading.errors import DuplicateClientOrderId, OrderNotOpen, QuantityNotAllowed
from perptools.trading.models import Order, OrderType, Side
from perptools.trading.paper import matching, order_rules
from perptools.trading.paper.atomic import atomic_without_savepoint
from perptools.trading.paper.lookups import find_market, find_open_order
from perptools.trading.paper.order_book import Book
from perptools.trading.paper.order_requests import Amendment, OrderRequest
from perptools.trading.paper.portfolio import check_margin
from perptools.trading.paper.unit_of_work import UnitOfWork

# -- Orders ------------------------------------------------------------------------------------------------------------


@atomic_without_savepoint
def place(account_pk: int, order_request: OrderRequest, by_key: int | None = None) -> Order:
    """Place an order: fill what can be filled now, and rest the remainder. After an ApiError, nothing has happened."""
    work = UnitOfWork.of(account_pk)
    # Read once, so that a new funding is charged for the positions before this order.
    market = work.portfolio.market(order_request.symbol) or find_market(order_request.symbol)
    book = Book(market)
    order_request = order_rules.priced(order_request, market, book)
    quantity = order_rules.check(order_request, market, work.portfolio.position(market))
    check_client_order_id(account_pk, order_request.client_order_id)
    before = work.portfolio.as_it_stands()
    order = order_rules.order(order_request, work.account_pk, market, quantity)
    order.api_key_id = by_key
    work.enter(order)
    _match(work, order, book)
    check_margin(before, work.portfolio)
    work.write()
    return order


@atomic_without_savepoint
def amend(account_pk: int, amendment: Amendment) -> Order:
    """Change an open order's price or total quantity. It keeps its ID, and meets the book again."""
    work = UnitOfWork.of(account_pk)
    order = find_open_order(account_pk, amendment.symbol, pk=amendment.order_id)
    _check_same(order, amendment)
    order.market = work.portfolio.positions[order.market_id].market  # read with the fundings that have been charged
    before = work.portfolio.as_it_stands()
    work.unrest(order)
    _change(work, order, amendment)
    work.keep(order)
    _match(work, order, Book(order.market))
    check_margin(before, work.portfolio)
    work.write()
    return order


@atomic_without_savepoint
def cancel(account_pk: int, symbol: str, **which: object) -> Order:
    """Cancel an open order, by `pk` or `client_order_id`."""
    work = UnitOfWork.of(account_pk)
    order = find_open_order(account_pk, symbol, **which)
    work.withdraw(order)
    work.write()
    return order


@atomic_without_savepoint
def cancel_many(account_pk: int, **which: Sequence[object]) -> list[Order]:
    """Cancel the open ones of some orders, by `pk__in` or `client_order_id__in`. At least one must be open."""
    work = UnitOfWork.of(account_pk)
    orders = list(Order.objects.owned_by(account_pk).open().filter(**which).select_related("market").order_by())
    if not orders:
        raise OrderNotOpen("None of these orders is open.")
    for order in orders:
        work.withdraw(order)
    work.write()
    return orders


@atomic_without_savepoint
def cancel_all(account_pk: int, symbol: str | None = None) -> None:
    """Cancel all open orders, of one market or of all."""
    work = UnitOfWork.of(account_pk)
    work.cancel_all(symbol)
    work.write()


# -- Finding and checking ----------------------------------------------------------------------------------------------


def check_client_order_id(account_pk: int, client_order_id: str) -> None:
    """Reject an ID that an open order has. Such an order is always the newest one with this ID."""
    if client_order_id and (None,) in _NEWEST_CLOSED.ask(account=account_pk, client_order_id=client_order_id):
        raise DuplicateClientOrderId(field="client_order_id")


_NEWEST_CLOSED = Question(
    lambda: (
        Order.objects.filter(account_id=Given("account"), client_order_id=Given("client_order_id"))
        .order_by("-id")
        .values_list("closed_at")[:1]
    )
)


def _match(work: UnitOfWork, order: Order, book: Book) -> None:
    work.take(order, book)
    if not order.remaining:
        return
    if matching.rests(order, book):
        work.rest(order)
    else:
        work.drop(order)


def _check_same(order: Order, amendment: Amendment) -> None:
    """Raise BadParameter if an amendment changes something that can't change."""
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


def _change(work: UnitOfWork, order: Order, amendment: Amendment) -> None:
    price = order.price if amendment.price is None else amendment.price
    quantity = order.quantity if amendment.quantity is None else amendment.quantity
    wanted = OrderRequest(
        symbol=order.market.symbol,
        side=Side(order.side),
        type=OrderType(order.type),
        price=price,
        quantity=quantity,
        reduce_only=order.reduce_only,
    )
    order_rules.check(wanted, order.market, work.portfolio.position(order.market))
    if quantity <= order.executed_quantity:
        raise QuantityNotAllowed(
            f"order_quantity is the new total: {order.executed_quantity:f} is executed already.", field="order_quantity"
        )
    is_all_visible = order.visible_quantity == order.quantity
    order.price, order.quantity = price, quantity
    order.quantity = order.executed_quantity + work.fillable(order)
    order.visible_quantity = order.quantity if is_all_visible else min(order.visible_quantity, order.quantity)
