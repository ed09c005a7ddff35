"""Paper money beyond what a new account has."""

from decimal import Decimal

from perptools.trading.models import TransferReason
from perptools.trading.paper.atomic import whole
from perptools.trading.paper.unit_of_work import Desk


@whole
def deposit(account_pk: int, amount: Decimal) -> None:
    """Bring money in, or take it out when the amount is negative."""
    desk = Desk.of(account_pk)
    desk.transfer(amount, TransferReason.FUNDS)
    desk.write()
