"""Paper money beyond what a new account has."""

from decimal import Decimal

from perptools.trading.models import TransferReason
from perptools.trading.paper.atomic import atomic_without_savepoint
from perptools.trading.paper.unit_of_work import UnitOfWork


@atomic_without_savepoint
def deposit(account_pk: int, amount: Decimal) -> None:
    """Bring money in, or take it out when the amount is negative."""
    work = UnitOfWork.of(account_pk)
    work.transfer(amount, TransferReason.FUNDS)
    work.write()
