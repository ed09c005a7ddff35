"""Paper money beyond that of a new account."""

from decimal import Decimal

from perptools.trading.models import TransferReason
from perptools.trading.paper.atomic import atomic_without_savepoint
from perptools.trading.paper.unit_of_work import UnitOfWork


@atomic_without_savepoint
def deposit(account_pk: int, amount: Decimal) -> None:
    """Deposit money, or withdraw it if the amount is negative."""
    work = UnitOfWork.of(account_pk)
    work.transfer(amount, TransferReason.FUNDS)
    work.write()
