"""Endpoints about the key's account: its balance, positions, margin and settings."""

from django.http import HttpResponse

from apikeys.http.endpoints import requires
from apikeys.http.errors import BadParameter
from apikeys.http.parsing import read_body, read_query
from apikeys.http.request import ApiRequest
from apikeys.http.responses import rows, success
from apikeys.permissions import Permission
from perptools.trading import statistics
from perptools.trading.api import account_serializers, position_serializers, queries
from perptools.trading.api.request_schemas import (
    AskForMarket,
    ListDays,
    ListOfMarket,
    ListTransfers,
    SetLeverage,
    SetMaintenance,
    SetMarginMode,
)
from perptools.trading.models import Market
from perptools.trading.paper import accounts as paper_accounts
from perptools.trading.paper.lookups import find_market
from perptools.trading.paper.portfolio import Portfolio, balance_of


@requires(Permission.READ)
def info(request: ApiRequest) -> HttpResponse:
    return success(
        account_serializers.account_row(
            request.api_key.account_id, balance_of(request.api_key.account_pk), list(Market.objects.all())
        )
    )


@requires(Permission.READ)
def holding(request: ApiRequest) -> HttpResponse:
    return success({"holding": [account_serializers.holding_row(balance_of(request.api_key.account_pk))]})


@requires(Permission.READ)
def positions(request: ApiRequest) -> HttpResponse:
    portfolio = Portfolio.read(request.api_key.account_pk)
    total, days = portfolio.margin(), statistics.last_day(request.api_key.account_pk)
    shown = [
        position_serializers.position_row(position, portfolio, total, days.get(position.market_id, statistics.Day()))
        for position in portfolio.open_positions()
    ]
    return rows(shown, **position_serializers.account_totals(portfolio, total, days.values()))


@requires(Permission.READ)
def positions_lite(request: ApiRequest) -> HttpResponse:
    """Return the open positions, without the last 24 hours."""
    portfolio = Portfolio.read(request.api_key.account_pk)
    total = portfolio.margin()
    positions = portfolio.open_positions()
    return rows([position_serializers.position_row(each, portfolio, total, statistics.Day()) for each in positions])


@requires(Permission.READ)
def position(request: ApiRequest, symbol: str) -> HttpResponse:
    """Return the position on one market. If there is none, its quantity is 0."""
    portfolio = Portfolio.read(request.api_key.account_pk)
    found = portfolio.position(find_market(symbol))
    day = statistics.last_day(request.api_key.account_pk).get(found.market_id, statistics.Day())
    return success(position_serializers.position_row(found, portfolio, portfolio.margin(), day))


@requires(Permission.READ)
def account_info(request: ApiRequest) -> HttpResponse:
    portfolio = Portfolio.read(request.api_key.account_pk)
    days = statistics.last_day(request.api_key.account_pk)
    totals = position_serializers.account_totals(portfolio, portfolio.margin(), days.values())
    return success({"account_id": request.api_key.account_id, **totals})


@requires(Permission.READ)
def account_statistics(request: ApiRequest) -> HttpResponse:
    return success(statistics.of_account(balance_of(request.api_key.account_pk)))


@requires(Permission.READ)
def daily_statistics(request: ApiRequest) -> HttpResponse:
    asked = read_query(request, ListDays)
    account = balance_of(request.api_key.account_pk).account
    return queries.daily_values(account, asked).answer(account_serializers.day_row)


@requires(Permission.READ)
def liquidations(request: ApiRequest) -> HttpResponse:
    asked = read_query(request, ListOfMarket)
    return queries.liquidations(request.api_key.account_pk, asked).answer(account_serializers.liquidation_row)


@requires(Permission.READ)
def asset_history(request: ApiRequest) -> HttpResponse:
    asked = read_query(request, ListTransfers)
    return queries.transfers(request.api_key.account_pk, asked).answer(account_serializers.transfer_row)


@requires(Permission.READ)
def funding_fees(request: ApiRequest) -> HttpResponse:
    asked = read_query(request, ListOfMarket)
    found = queries.funding_payments(request.api_key.account_pk, asked)
    return found.answer(account_serializers.funding_payment_row)


# -- Settings --------------------------------------------------------------------------------------------------------


@requires(Permission.READ)
def leverage(request: ApiRequest) -> HttpResponse:
    asked = read_query(request, AskForMarket)
    symbol = find_market(asked.symbol).symbol if asked.symbol else None
    return success(account_serializers.leverage_row(balance_of(request.api_key.account_pk), symbol))


@requires(Permission.TRADING)
def set_leverage(request: ApiRequest) -> HttpResponse:
    asked = read_body(request, SetLeverage)
    if asked.symbol:
        find_market(asked.symbol)
    return success(
        account_serializers.leverage_row(paper_accounts.set_leverage(request.api_key.account_pk, asked.leverage), None)
    )


@requires(Permission.READ)
def leverages(request: ApiRequest) -> HttpResponse:
    balance = balance_of(request.api_key.account_pk)
    return rows([account_serializers.leverage_row(balance, market.symbol) for market in Market.objects.all()])


@requires(Permission.READ)
def margin_modes(request: ApiRequest) -> HttpResponse:
    return rows([{"symbol": market.symbol, "default_margin_mode": "CROSS"} for market in Market.objects.all()])


@requires(Permission.TRADING)
def set_margin_mode(request: ApiRequest) -> HttpResponse:
    """Accept CROSS, which all markets have. Raises BadParameter for anything else, which would have no effect."""
    asked = read_body(request, SetMarginMode)
    for symbol in asked.symbols():
        find_market(symbol)
    if asked.default_margin_mode != "CROSS":
        raise BadParameter("default_margin_mode: only CROSS is served here.", field="default_margin_mode")
    return success({})


@requires(Permission.TRADING)
def change_position_margin(request: ApiRequest) -> HttpResponse:
    message = "amount: only isolated positions have a margin of their own, and all positions here are CROSS."
    raise BadParameter(message, field="amount")


@requires(Permission.TRADING)
def set_maintenance(request: ApiRequest) -> HttpResponse:
    wanted = read_body(request, SetMaintenance).maintenance_cancel_order_flag
    paper_accounts.set_cancel_on_maintenance(request.api_key.account_pk, wanted)
    return success({"success_alter": f"Open orders are {'' if wanted else 'not '}cancelled when a market is halted."})
