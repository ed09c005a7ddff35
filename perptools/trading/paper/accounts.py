"""Open an account of the paper venue, reset it, and set its leverage."""

from decimal import Decimal

from django.conf import settings

from apikeys.http.errors import BadParameter
from apikeys.models import Account
from perptools.trading.models import MOST_LEVERAGE, Balance, TransferReason
from perptools.trading.paper.atomic import atomic_without_savepoint
from perptools.trading.paper.portfolio import Portfolio, check_margin
from perptools.trading.paper.unit_of_work import UnitOfWork

RESET_TAG = "RESET"


def paper_funds() -> Decimal:
    """Return the USDC that an account starts with."""
    return Decimal(settings.PAPER_FUNDS)


@atomic_without_savepoint
def open_account(account: Account) -> Balance:
    """Create a new account's balance and paper funds."""
    work = UnitOfWork(Portfolio(Balance(account=account), {}))
    work.transfer(paper_funds(), TransferReason.FUNDS)
    work.write()
    return work.portfolio.balance


@atomic_without_savepoint
def reset(account_pk: int) -> Balance:
    """Reset an account: no orders, no positions, and the paper funds of a new account."""
    work = UnitOfWork.of(account_pk)
    work.cancel_all()
    for position in work.portfolio.open_positions():
        work.close_out(position, RESET_TAG)
    work.transfer(paper_funds() - work.portfolio.balance.holding, TransferReason.RESET)
    work.write()
    return work.portfolio.balance


@atomic_without_savepoint
def set_leverage(account_pk: int, leverage: int) -> Balance:
    """Set the account's leverage. Rejected if its positions and orders would need more margin than it has."""
    if not 1 <= leverage <= MOST_LEVERAGE:
        raise BadParameter(f"leverage must be between 1 and {MOST_LEVERAGE}.", field="leverage")
    work = UnitOfWork.of(account_pk)
    before = work.portfolio.as_it_stands()
    work.portfolio.balance.leverage = leverage
    check_margin(before, work.portfolio)
    work.write()
    return work.portfolio.balance


@atomic_without_savepoint
def set_cancel_on_maintenance(account_pk: int, wanted: bool) -> Balance:
    work = UnitOfWork.of(account_pk)
    work.portfolio.balance.cancel_on_maintenance = wanted
    work.write()
    return work.portfolio.balance
