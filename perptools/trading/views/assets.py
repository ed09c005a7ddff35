"""The Assets page."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render

from apikeys.decorators import PageRequest, get_or_post, signed_in
from apikeys.models import Account
from perptools.trading.models import FundingPayment, Position, Transfer
from perptools.trading.paper import accounts as paper_accounts
from perptools.trading.paper.portfolio import Portfolio
from perptools.trading.views import pagination
from perptools.trading.views.base import account_page, done, show


@account_page("assets")
def assets(request: PageRequest, account: Account) -> HttpResponse:
    portfolio = Portfolio.read(account.pk)
    listed = "funding" if request.GET.get("list") == "funding" else "transfers"
    found = pagination.read(records(account, listed), account.pk, request.GET.get("before", ""))
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


@get_or_post
@signed_in
def reset_funds(request: PageRequest) -> HttpResponse:
    account = Account.objects.get(user=request.user)
    if request.method == "POST":
        balance = paper_accounts.reset(account.pk)
        return done(request, f"Paper funds reset to {balance.holding:,.2f} USDC", "trading:assets")
    kept = list(Position.objects.filter(account=account))
    counts = {"positions": sum(bool(each.quantity) for each in kept), "orders": sum(each.open_orders for each in kept)}
    return render(
        request, "trading/reset_modal.html", {"active": "assets", "funds": paper_accounts.paper_funds(), **counts}
    )
