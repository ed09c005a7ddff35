"""Endpoints about the calling key's account: what it holds, owes and is set to."""

from django.http import HttpResponse

from apikeys.envelope import page, rows, success
from apikeys.parameters import read_body, read_query
from apikeys.permissions import ApiRequest, Permission, requires
from perptools.trading import history, ledger, statistics, wire
from perptools.trading.ledger import find_market
from perptools.trading.models import Market
from perptools.trading.portfolio import Portfolio, balance_of
from perptools.trading.schemas import AskForLeverage, ListOfMarket, ListTransfers, SetLeverage, SetMaintenance


@requires(Permission.READ)
def info(request: ApiRequest) -> HttpResponse:
    return success(
        wire.account_row(request.api_key.account_id, balance_of(request.api_key.account_pk), list(Market.objects.all()))
    )


@requires(Permission.READ)
def holding(request: ApiRequest) -> HttpResponse:
    return success({"holding": [wire.holding_row(balance_of(request.api_key.account_pk))]})


@requires(Permission.READ)
def positions(request: ApiRequest) -> HttpResponse:
    portfolio = Portfolio.read(request.api_key.account_pk)
    total, days = portfolio.margin(), statistics.last_day(request.api_key.account_pk)
    shown = [
        wire.position_row(position, portfolio, total, days.get(position.market_id, statistics.Day()))
        for position in portfolio.held()
    ]
    return rows(shown, **wire.account_totals(portfolio, total, days.values()))


@requires(Permission.READ)
def position(request: ApiRequest, symbol: str) -> HttpResponse:
    """The position on one market; a flat one is a row too, of quantity 0."""
    portfolio = Portfolio.read(request.api_key.account_pk)
    found = portfolio.position(find_market(symbol))
    day = statistics.last_day(request.api_key.account_pk).get(found.market_id, statistics.Day())
    return success(wire.position_row(found, portfolio, portfolio.margin(), day))


@requires(Permission.READ)
def account_info(request: ApiRequest) -> HttpResponse:
    portfolio = Portfolio.read(request.api_key.account_pk)
    days = statistics.last_day(request.api_key.account_pk)
    totals = wire.account_totals(portfolio, portfolio.margin(), days.values())
    return success({"account_id": request.api_key.account_id, **totals})


@requires(Permission.READ)
def account_statistics(request: ApiRequest) -> HttpResponse:
    return success(statistics.of_account(balance_of(request.api_key.account_pk)))


@requires(Permission.READ)
def asset_history(request: ApiRequest) -> HttpResponse:
    asked = read_query(request, ListTransfers)
    found = history.transfers(request.api_key.account_pk, asked)
    shown = [wire.transfer_row(transfer) for transfer in found.rows]
    return page(shown, total=found.total, size=asked.pageSize or asked.size, number=asked.page)


@requires(Permission.READ)
def funding_fees(request: ApiRequest) -> HttpResponse:
    asked = read_query(request, ListOfMarket)
    found = history.funding_payments(request.api_key.account_pk, asked)
    shown = [wire.funding_payment_row(payment) for payment in found.rows]
    return page(shown, total=found.total, size=asked.size, number=asked.page)


# -- Settings --------------------------------------------------------------------------------------------------------


@requires(Permission.READ)
def leverage(request: ApiRequest) -> HttpResponse:
    asked = read_query(request, AskForLeverage)
    symbol = find_market(asked.symbol).symbol if asked.symbol else None
    return success(wire.leverage_row(balance_of(request.api_key.account_pk), symbol))


@requires(Permission.TRADING)
def set_leverage(request: ApiRequest) -> HttpResponse:
    asked = read_body(request, SetLeverage)
    return success(wire.leverage_row(ledger.set_leverage(request.api_key.account_pk, asked.leverage), None))


@requires(Permission.TRADING)
def set_maintenance(request: ApiRequest) -> HttpResponse:
    wanted = read_body(request, SetMaintenance).maintenance_cancel_order_flag
    ledger.set_cancel_on_maintenance(request.api_key.account_pk, wanted)
    return success({"success_alter": f"Open orders are {'' if wanted else 'not '}cancelled when a market is halted."})
