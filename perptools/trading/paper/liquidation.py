"""Liquidate accounts that are below their maintenance margin."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import QuerySet

from perptools.trading.decimals import ZERO, times
from perptools.trading.models import Order, Transfer, TransferReason
from perptools.trading.paper.atomic import atomic_without_savepoint
from perptools.trading.paper.unit_of_work import UnitOfWork

LIQUIDATION_TAG = "LIQUIDATION"


@dataclass(frozen=True, slots=True)
class Liquidation:
    """One liquidation of an account: an order for each position, and the loss of the insurance fund."""

    at: datetime
    orders: list[Order]
    insured: Decimal


@atomic_without_savepoint
def liquidate(account_pk: int) -> bool:
    """Liquidate an account if it is below its maintenance margin. Returns whether it was."""
    work = UnitOfWork.of(account_pk)
    margin = work.portfolio.margin()
    if not margin.is_below_maintenance:
        return False
    work.cancel_all()
    left = max(margin.collateral, ZERO)
    for position in work.portfolio.open_positions():
        fee = min(left, times(position.notional, position.market.std_liquidation_fee))
        left -= fee
        work.close_out(position, LIQUIDATION_TAG, fee)
    work.write()
    return True


def orders_of(account_pk: int) -> QuerySet[Order]:
    """Return the orders of an account's liquidations. A trader's order can have the same tag, but then it has a key."""
    return Order.objects.owned_by(account_pk).filter(tag=LIQUIDATION_TAG, api_key=None)


def read(account_pk: int, moments: list[datetime]) -> list[Liquidation]:
    """Return the liquidations of an account at these times, in the same order."""
    orders = list(orders_of(account_pk).filter(created_at__in=moments).select_related("market").order_by("id"))
    borne = Transfer.objects.filter(account_id=account_pk, reason=TransferReason.INSURANCE, created_at__in=moments)
    insured = dict(borne.values_list("created_at", "amount"))
    return [
        Liquidation(at, [order for order in orders if order.created_at == at], insured.get(at, ZERO)) for at in moments
    ]
