"""What an account did in a day, as its trader's calendar has it."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db.models import Case, Count, IntegerField, Sum, Value, When
from django.utils import timezone

from perptools.trading.amounts import ZERO
from perptools.trading.models import Fill, FundingPayment, Order

DAYS_SHOWN = 14


@dataclass(frozen=True, slots=True)
class Activity:
    orders: int
    fills: int
    volume: Decimal
    fees: Decimal
    realized_pnl: Decimal
    funding: Decimal  # received; below zero when it was paid


def midnight(days_ago: int = 0) -> datetime:
    """When a day began in the trader's zone."""
    return timezone.make_aware(datetime.combine(timezone.localdate() - timedelta(days=days_ago), time.min))


def today(account_pk: int) -> Activity:
    since = {"account_id": account_pk, "created_at__gte": midnight()}
    traded = Fill.objects.filter(**since).aggregate(
        fills=Count("pk"), volume=Sum("value"), fees=Sum("fee"), pnl=Sum("realized_pnl")
    )
    paid = FundingPayment.objects.filter(**since).aggregate(sum=Sum("amount"))["sum"] or ZERO
    return Activity(
        orders=Order.objects.filter(**since).count(),
        fills=traded["fills"],
        volume=traded["volume"] or ZERO,
        fees=traded["fees"] or ZERO,
        realized_pnl=traded["pnl"] or ZERO,
        funding=-paid,
    )


def pnl_by_day(account_pk: int) -> dict[date, Decimal]:
    """What each of the last days realised, after fees and funding; the oldest first."""
    begins = [midnight(number) for number in range(DAYS_SHOWN)]
    day = Case(
        *(When(created_at__gte=moment, then=Value(number)) for number, moment in enumerate(begins)),
        output_field=IntegerField(),
    )
    since = {"account_id": account_pk, "created_at__gte": begins[-1]}
    by_day = dict.fromkeys(range(DAYS_SHOWN), ZERO)
    fills = Fill.objects.filter(**since).annotate(day=day).order_by().values("day")
    for row in fills.annotate(pnl=Sum("realized_pnl"), fees=Sum("fee")):
        by_day[row["day"]] += row["pnl"] - row["fees"]
    payments = FundingPayment.objects.filter(**since).annotate(day=day).order_by().values("day")
    for charged in payments.annotate(paid=Sum("amount")):
        by_day[charged["day"]] -= charged["paid"]
    return {timezone.localdate(begins[number]): by_day[number] for number in reversed(range(DAYS_SHOWN))}
