"""The Positions page, and closing a position by hand."""

from django.http import Http404, HttpResponse
from django.shortcuts import render

from apikeys.decorators import PageRequest, get_or_post, signed_in
from apikeys.http.errors import ApiError
from apikeys.models import Account
from perptools.trading.errors import ReduceOnlyRejected
from perptools.trading.formatting import price, quantity
from perptools.trading.models import Order, OrderType
from perptools.trading.paper import orders as paper_orders
from perptools.trading.paper.order_requests import OrderRequest
from perptools.trading.paper.portfolio import Portfolio
from perptools.trading.views import position_rows
from perptools.trading.views.base import account_page, done, show
from perptools.trading.views.position_rows import PositionRow

HAND_TAG = "BY_HAND"
CLOSED = "This position is closed"


@account_page("positions")
def positions(request: PageRequest, account: Account) -> HttpResponse:
    found = position_rows.read(Portfolio.read(account.pk))
    return show(request, "position_list", "position-table", active="positions", positions=found)


@get_or_post
@signed_in
def close_position(request: PageRequest, symbol: str) -> HttpResponse:
    """Close a position with a reduce-only market order. However often it is sent, it never opens the other side."""
    account = Account.objects.get(user=request.user)
    position, rejection = own_position(account, symbol), ""
    if position is None:
        return done(request, CLOSED, "trading:positions")
    if request.method == "POST" and request.POST.get("side") == position.closing_side:
        try:
            order = paper_orders.place(account.pk, closing(position))
        except ReduceOnlyRejected:  # someone else has closed it since it was read
            return done(request, CLOSED, "trading:positions")
        except ApiError as error:
            rejection = error.text
        else:
            return done(request, outcome(order), "trading:positions")
    context = {"active": "positions", "row": position, "rejection": rejection}
    return render(request, "trading/close_modal.html", context)


def own_position(account: Account, symbol: str) -> PositionRow | None:
    """Return the account's position on a market. None if it is closed, was never opened, or the market is unknown."""
    portfolio = Portfolio.read(account.pk)
    if not any(position.market.symbol == symbol for position in portfolio.positions.values()):
        raise Http404
    return next((each for each in position_rows.read(portfolio) if each.market.symbol == symbol), None)


def closing(position: PositionRow) -> OrderRequest:
    return OrderRequest(
        symbol=position.market.symbol,
        side=position.closing_side,
        type=OrderType.MARKET,
        quantity=min(position.size, position.market.base_max),
        reduce_only=True,
        tag=HAND_TAG,
    )


def outcome(order: Order) -> str:
    if order.remaining:
        executed, asked = (quantity(each, order.market) for each in (order.executed_quantity, order.quantity))
        return f"Closed {executed} of {asked}. There was no more liquidity near the mark price. Close the rest later."
    return f"Position closed at {price(order.executed_value / order.executed_quantity, order.market)}"
