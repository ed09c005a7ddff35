"""The Orders page, and cancelling orders by hand."""

from django.contrib import messages
from django.db.models import Sum
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_POST
from django_htmx.http import push_url

from apikeys.decorators import PageRequest, get_or_post, signed_in
from apikeys.models import Account
from perptools.trading.errors import OrderNotOpen
from perptools.trading.models import FINAL, Market, Order, Position, Side
from perptools.trading.paper import orders as paper_orders
from perptools.trading.views import pagination
from perptools.trading.views.base import account_page, done, show
from perptools.trading.views.order_filter import OrderFilter


@account_page("orders")
def orders(request: PageRequest, account: Account) -> HttpResponse:
    markets = list(Market.objects.all())
    asked = OrderFilter.read(request.GET, [market.symbol for market in markets])
    found = pagination.read(asked.rows(account.pk), account.pk, request.GET.get("before", ""))
    page = show(
        request,
        "order_list",
        "order-table",
        active="orders",
        asked=asked,
        found=found,
        older=asked.url(found.last) if found.last else "",
        open_orders=open_orders(account),
        markets=markets,
        sides=Side.choices,
        statuses=FINAL,
        now=timezone.now(),
    )
    return push_url(page, asked.url()) if request.htmx.target == "content" else page


def open_orders(account: Account) -> int:
    return int(Position.objects.filter(account=account).aggregate(sum=Sum("open_orders", default=0))["sum"])


@require_POST
@signed_in
def cancel_order(request: PageRequest, order_id: int) -> HttpResponse:
    account = Account.objects.get(user=request.user)
    order = get_object_or_404(Order.objects.owned_by(account.pk).select_related("market"), pk=order_id)
    try:
        paper_orders.cancel(account.pk, order.market.symbol, pk=order.pk)
    except OrderNotOpen:
        return done(request, "This order is no longer open", "trading:orders", messages.INFO)
    return done(request, "Order cancelled", "trading:orders")


@get_or_post
@signed_in
def cancel_all(request: PageRequest) -> HttpResponse:
    account = Account.objects.get(user=request.user)
    if request.method == "POST":
        paper_orders.cancel_all(account.pk)
        return done(request, "All open orders cancelled", "trading:orders")
    context = {"active": "orders", "orders": open_orders(account)}
    return render(request, "trading/cancel_all_modal.html", context)
