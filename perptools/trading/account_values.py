"""The value of an account at the end of each day (UTC), and its PnL and volume on that day.

None of this is stored. An account's value is the money that came in, less what it paid for its positions, fees and
fundings, plus its positions at the day's last price. That doesn't need the cost of positions, so it is exact.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Case, IntegerField, QuerySet, Sum, Value, When
from django.utils import timezone

from apikeys.models import Account
from perptools.trading.decimals import ZERO, times
from perptools.trading.models import Candle, Fill, FundingPayment, Market, Resolution, Side, Transfer, TransferSide

DAY = timedelta(days=1)
BEFORE = -1  # stands for all days before the first


class DayValue(NamedTuple):
    """One day, in USDC. `pnl` is the change of the value, without money that came in or went out."""

    day: date
    value: Decimal
    pnl: Decimal
    volume: Decimal
    at: datetime  # the time of the value: the end of the day, or now


class _Move(NamedTuple):
    """What happened on a day: money from fills and fundings, deposits, volume, and changes of positions."""

    money: Decimal
    transferred: Decimal = ZERO
    volume: Decimal = ZERO
    market: int | None = None
    quantity: Decimal = ZERO


def daily(account: Account, first: date, last: date) -> list[DayValue]:
    """Return each day of the range, oldest first, without days before the account existed or in the future."""
    now = timezone.now()
    first, last = max(first, account.created_at.astimezone(UTC).date()), min(last, now.astimezone(UTC).date())
    days = [first + number * DAY for number in range((last - first).days + 1)]
    moves: dict[int, list[_Move]] = defaultdict(list)
    for number, move in _moves(account.pk, days):
        moves[number].append(move)
    quantities: dict[int, Decimal] = defaultdict(lambda: ZERO)
    mark_prices = _mark_prices({move.market for each in moves.values() for move in each if move.market}, days)
    found, money, before = [], ZERO, ZERO
    for number, day in enumerate([first - DAY, *days], start=BEFORE):
        transferred = sum((move.transferred for move in moves[number]), ZERO)
        money += transferred + sum((move.money for move in moves[number]), ZERO)
        for move in moves[number]:
            if move.market:
                quantities[move.market] += move.quantity
        value = money + sum(
            (times(quantity, mark_prices[market][number]) for market, quantity in quantities.items()), ZERO
        )
        volume = sum((move.volume for move in moves[number]), ZERO)
        found.append(DayValue(day, value, value - before - transferred, volume, min(now, _midnight(day + DAY))))
        before = value
    return found[1:]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def _moves(account_pk: int, days: list[date]) -> Iterator[tuple[int, _Move]]:
    """Sum up what happened, by the number of the day."""
    if not days:
        return
    number = Case(
        *(When(created_at__gte=_midnight(day), then=Value(at)) for at, day in reversed(list(enumerate(days)))),
        default=Value(BEFORE),
        output_field=IntegerField(),
    )

    def by_day(rows: QuerySet[Any], *groups: str, **sums: Sum) -> Iterator[dict[str, Any]]:
        found = rows.filter(account_id=account_pk, created_at__lt=_midnight(days[-1] + DAY))
        yield from found.annotate(day=number).order_by().values("day", *groups).annotate(**sums)

    fills = by_day(Fill.objects.all(), "market_id", "side", traded=Sum("quantity"), paid=Sum("value"), fees=Sum("fee"))
    for row in fills:
        sign = 1 if row["side"] == Side.BUY else -1
        money, quantity = -sign * row["paid"] - row["fees"], sign * row["traded"]
        yield row["day"], _Move(money, volume=row["paid"], market=row["market_id"], quantity=quantity)
    for row in by_day(FundingPayment.objects.all(), paid=Sum("amount")):
        yield row["day"], _Move(-row["paid"])
    for row in by_day(Transfer.objects.all(), "side", sum=Sum("amount")):
        yield row["day"], _Move(ZERO, transferred=row["sum"] if row["side"] == TransferSide.DEPOSIT else -row["sum"])


def _mark_prices(markets: set[int], days: list[date]) -> dict[int, dict[int, Decimal]]:
    """Return each market's last price on each day. A day without prices has the price before, or the first one."""
    found: dict[int, dict[int, Decimal]] = {}
    for market in Market.objects.filter(pk__in=markets):
        candles = Candle.objects.filter(market=market, resolution=Resolution.DAY, starts_at__lte=_midnight(days[-1]))
        closes = [(candle.starts_at.date(), candle.close) for candle in candles.order_by("starts_at")]
        price = closes[0][1] if closes else market.mark_price
        found[market.pk] = {}
        for number, day in enumerate([days[0] - DAY, *days], start=BEFORE):
            while closes and closes[0][0] <= day:
                price = closes.pop(0)[1]
            found[market.pk][number] = price
    return found
