"""The Portfolio's pages on the ledger: what an account has, and what its bots just did."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from apikeys.errors import ApiError
from apikeys.models import Account
from apikeys.pages import PageRequest, signed_in
from perptools.trading import days, fees, held, ledger, statistics, stretch
from perptools.trading.amounts import divide
from perptools.trading.errors import ReduceOnlyRejected
from perptools.trading.held import Held
from perptools.trading.models import Fill, FundingPayment, Order, OrderType, Position, Transfer
from perptools.trading.pages import account_page, done, show
from perptools.trading.pnl_chart import PnlChart
from perptools.trading.portfolio import Portfolio
from perptools.trading.templatetags.portfolio import price, quantity
from perptools.trading.tickets import Ticket

HAND_TAG = "BY_HAND"
CLOSED = "This position is closed"
FILLS_SHOWN = 5

shows_and_takes = require_http_methods(["GET", "HEAD", "POST"])


@account_page("overview")
def overview(request: PageRequest, account: Account) -> HttpResponse:
    portfolio = Portfolio.read(account.pk)
    margin = portfolio.margin()
    now: dict[str, object] = {
        "balance": portfolio.balance,
        "margin": margin,
        "unsettled": margin.collateral - portfolio.balance.holding,
        "margin_ratio": divide(margin.collateral, margin.notional) if margin.notional else None,
        "leverage": divide(margin.notional, margin.collateral) if margin.collateral > 0 else None,
        "today": days.today(account.pk),
        "fills": Fill.objects.filter(account=account).select_related("market", "order")[:FILLS_SHOWN],
        "now": timezone.now(),
    }
    if request.htmx.target != "overview":  # the days before change too seldom to be added up every few seconds
        now["chart"] = PnlChart.of(days.pnl_by_day(account.pk))
    return show(request, "overview", "overview", active="overview", **now)


@account_page("positions")
def positions(request: PageRequest, account: Account) -> HttpResponse:
    found = held.of(Portfolio.read(account.pk))
    return show(request, "position_list", "position-table", active="positions", positions=found)


@shows_and_takes
@signed_in
def close_position(request: PageRequest, symbol: str) -> HttpResponse:
    """Close a position by a reduce-only market order: however often it is sent, it never opens the other side."""
    account = Account.objects.get(user=request.user)
    position, refusal = own_position(account, symbol), ""
    if position is None:
        return done(request, CLOSED, "trading:positions")
    if request.method == "POST" and request.POST.get("side") == position.closing_side:
        try:
            order = ledger.place(account.pk, closing(position))
        except ReduceOnlyRejected:  # by somebody quicker, since it was read
            return done(request, CLOSED, "trading:positions")
        except ApiError as error:
            refusal = error.text
        else:
            return done(request, outcome(order), "trading:positions")
    context = {"active": "positions", "held": position, "refusal": refusal}
    return render(request, "portfolio/close_modal.html", context)


def own_position(account: Account, symbol: str) -> Held | None:
    """Find what an account holds on a market; None once it is closed. One never traded and none at all look alike."""
    portfolio = Portfolio.read(account.pk)
    if not any(position.market.symbol == symbol for position in portfolio.positions.values()):
        raise Http404
    return next((each for each in held.of(portfolio) if each.market.symbol == symbol), None)


def closing(position: Held) -> Ticket:
    return Ticket(
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
        return f"Closed {executed} of {asked}: the book held no more near the mark price. Close the rest later."
    return f"Position closed at {price(order.executed_value / order.executed_quantity, order.market)}"


@account_page("assets")
def assets(request: PageRequest, account: Account) -> HttpResponse:
    portfolio = Portfolio.read(account.pk)
    listed = "funding" if request.GET.get("list") == "funding" else "transfers"
    found = stretch.read(records(account, listed), account.pk, request.GET.get("before", ""))
    return show(
        request,
        "assets",
        "assets",
        active="assets",
        balance=portfolio.balance,
        margin=portfolio.margin(),
        listed=listed,
        found=found,
        older=f"{request.path}?list={listed}&before={found.last}" if found.last else "",
    )


def records(account: Account, listed: str) -> "QuerySet[Any]":
    if listed == "funding":
        return FundingPayment.objects.filter(account=account).select_related("market")
    return Transfer.objects.filter(account=account)


@shows_and_takes
@signed_in
def reset_funds(request: PageRequest) -> HttpResponse:
    account = Account.objects.get(user=request.user)
    if request.method == "POST":
        balance = ledger.reset(account.pk)
        return done(request, f"Paper funds reset to {balance.holding:,.2f} USDC", "trading:assets")
    kept = list(Position.objects.filter(account=account))
    counts = {"positions": sum(bool(each.quantity) for each in kept), "orders": sum(each.open_orders for each in kept)}
    return render(request, "portfolio/reset_modal.html", {"active": "assets", "funds": ledger.paper_funds(), **counts})


@account_page("fees")
def fee_tier(request: PageRequest, account: Account) -> HttpResponse:
    month = statistics.last_month(account.pk)
    return show(request, "fee_tier", "fee-tier", active="fees", maker=fees.MAKER_BPS, taker=fees.TAKER_BPS, month=month)
