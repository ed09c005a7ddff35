"""Sums of an account's trading: the last 24 hours and 30 days, and each day in its trader's time zone."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Case, Count, IntegerField, Q, Sum, Value, When
from django.utils import timezone

from perptools.trading.decimals import ZERO
from perptools.trading.models import Balance, Fill, FundingPayment, Order, Position

DAY = timedelta(days=1)
DAYS_SHOWN = 14


class Day(NamedTuple):
    """A position's realised PnL, fees and fundings in the last 24 hours."""

    realized_pnl: Decimal = ZERO
    fee: Decimal = ZERO


def last_day(account_pk: int) -> dict[int, Day]:
    """Return the last 24 hours of an account, by market ID."""
    recent = Fill.objects.filter(account_id=account_pk, created_at__gt=timezone.now() - DAY)
    rows = recent.order_by().values("market_id").annotate(pnl=Sum("realized_pnl"), fees=Sum("fee"))
    return {row["market_id"]: Day(row["pnl"], row["fees"]) for row in rows}


def open_interest() -> dict[int, Decimal]:
    """Return the open interest of each market, long plus short, because every position is against the venue."""
    long, short = Sum("quantity", filter=Q(quantity__gt=0)), Sum("quantity", filter=Q(quantity__lt=0))
    rows = Position.objects.open().order_by().values("market_id").annotate(long=long, short=short)
    return {row["market_id"]: (row["long"] or ZERO) - (row["short"] or ZERO) for row in rows}


def of_account(balance: Balance) -> dict[str, Any]:
    """Return the data of `/v1/client/statistics`. Each value has two names, because only perpetuals are traded here."""
    now = timezone.now()
    since = {
        "last_24_hours": now - DAY,
        "last_7_days": now - 7 * DAY,
        "last_30_days": now - 30 * DAY,
        "ytd": now.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0),
    }
    sums = Fill.objects.filter(account_id=balance.account_id).aggregate(
        ltd=Sum("value", default=ZERO),
        paid=Sum("fee", filter=Q(created_at__gt=since["last_30_days"]), default=ZERO),
        **{name: Sum("value", filter=Q(created_at__gt=moment), default=ZERO) for name, moment in since.items()},
    )
    paid, volumes = sums.pop("paid"), sums
    return {
        "days_since_registration": (now - balance.account.created_at).days,
        "fees_paid_last_30_days": paid,
        "perp_fees_paid_last_30_days": paid,
        **{f"trading_volume_{name}": volume for name, volume in volumes.items()},
        **{f"perp_trading_volume_{name}": volume for name, volume in volumes.items()},
    }


class Month(NamedTuple):
    volume: Decimal
    fees: Decimal


def last_month(account_pk: int) -> Month:
    """Return an account's volume, fees and fundings in the last 30 days."""
    recent = Fill.objects.filter(account_id=account_pk, created_at__gt=timezone.now() - 30 * DAY)
    sums = recent.aggregate(volume=Sum("value"), fees=Sum("fee"))
    return Month(sums["volume"] or ZERO, sums["fees"] or ZERO)


@dataclass(frozen=True, slots=True)
class Activity:
    orders: int
    fills: int
    volume: Decimal
    fees: Decimal
    realized_pnl: Decimal
    funding: Decimal  # received; negative if paid


def midnight(days_ago: int = 0) -> datetime:
    """Return the start of a day in the trader's time zone."""
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
    """Return the realised PnL of each of the last days, after fees and fundings, oldest first."""
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
