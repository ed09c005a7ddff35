"""Open, reset and set up an account of the paper venue."""

from decimal import Decimal

from django.conf import settings

from apikeys.http.errors import BadParameter
from apikeys.models import Account
from perptools.trading.models import MOST_LEVERAGE, Balance, TransferReason
from perptools.trading.paper.atomic import whole
from perptools.trading.paper.portfolio import Portfolio, check_margin
from perptools.trading.paper.unit_of_work import Desk

RESET_TAG = "RESET"


def paper_funds() -> Decimal:
    """What an account begins with, in USDC."""
    return Decimal(settings.PAPER_FUNDS)


@whole
def open_account(account: Account) -> Balance:
    """Give a new account its balance and its paper funds."""
    desk = Desk(Portfolio(Balance(account=account), {}))
    desk.transfer(paper_funds(), TransferReason.FUNDS)
    desk.write()
    return desk.portfolio.balance


@whole
def reset(account_pk: int) -> Balance:
    """Begin again: no orders, no positions, and the paper funds a new account has."""
    desk = Desk.of(account_pk)
    desk.cancel_all()
    for position in desk.portfolio.held():
        desk.close_out(position, RESET_TAG)
    desk.transfer(paper_funds() - desk.portfolio.balance.holding, TransferReason.RESET)
    desk.write()
    return desk.portfolio.balance


@whole
def set_leverage(account_pk: int, leverage: int) -> Balance:
    """Set the account's leverage. Refused when its positions and orders would need more margin than it has."""
    if not 1 <= leverage <= MOST_LEVERAGE:
        raise BadParameter(f"leverage must be between 1 and {MOST_LEVERAGE}.", field="leverage")
    desk = Desk.of(account_pk)
    before = desk.portfolio.as_it_stands()
    desk.portfolio.balance.leverage = leverage
    check_margin(before, desk.portfolio)
    desk.write()
    return desk.portfolio.balance


@whole
def set_cancel_on_maintenance(account_pk: int, wanted: bool) -> Balance:
    desk = Desk.of(account_pk)
    desk.portfolio.balance.cancel_on_maintenance = wanted
    desk.write()
    return desk.portfolio.balance
