"""The overview: what an account has, and what its bots have just done."""

from django.http import HttpResponse
from django.utils import timezone

from apikeys.decorators import PageRequest
from apikeys.models import Account
from perptools.trading import statistics
from perptools.trading.decimals import divide
from perptools.trading.models import Fill
from perptools.trading.paper import fees
from perptools.trading.paper.portfolio import Portfolio
from perptools.trading.views.base import account_page, show
from perptools.trading.views.pnl_chart import PnlChart

FILLS_SHOWN = 5


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
        "today": statistics.today(account.pk),
        "fills": Fill.objects.filter(account=account).select_related("market", "order")[:FILLS_SHOWN],
        "now": timezone.now(),
    }
    if request.htmx.target != "overview":  # past days change too rarely to be added up every few seconds
        now["chart"] = PnlChart.of(statistics.pnl_by_day(account.pk))
    return show(request, "overview", "overview", active="overview", **now)


@account_page("fees")
def fee_tier(request: PageRequest, account: Account) -> HttpResponse:
    month = statistics.last_month(account.pk)
    return show(request, "fee_tier", "fee-tier", active="fees", maker=fees.MAKER_BPS, taker=fees.TAKER_BPS, month=month)
