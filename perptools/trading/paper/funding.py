"""The funding rate, when it falls due, and charging it.

    rate = clamp(average premium + clamp(interest − average premium, ±0.05%), floor, cap)

with the premium (mark − index) / index averaged over the prices of the period. Source: Orderly's documentation,
"Funding rate". Fundings fall on whole periods since midnight UTC. A period in which no prices came has none.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from perptools.trading.decimals import divide, times
from perptools.trading.models import FundingRate, Market
from perptools.trading.paper.atomic import atomic_without_savepoint
from perptools.trading.paper.unit_of_work import UnitOfWork
from perptools.trading.timestamps import floor_to_period

LARGEST_PULL = Decimal("0.0005")  # of the interest rate on the premium


def rate(market: Market) -> Decimal:
    """The rate as it would be if the funding were now."""
    return rate_at(market, market.average_premium)


def rate_at(market: Market, premium: Decimal) -> Decimal:
    """The rate that an average premium makes."""
    pull = max(-LARGEST_PULL, min(LARGEST_PULL, market.interest_rate - premium))
    return max(market.floor_funding, min(market.cap_funding, premium + pull))


def last_at(market: Market) -> datetime:
    """The last funding, or when it would have been: clients take the difference of the two for the period."""
    return next_at(market) - timedelta(hours=market.funding_period)


def next_at(market: Market) -> datetime:
    period = timedelta(hours=market.funding_period)
    return market.next_funding_at or floor_to_period(timezone.now(), period) + period


def sample(market: Market) -> None:
    """Count the market's present prices into the average premium."""
    market.premium_sum += divide(market.mark_price - market.index_price, market.index_price)
    market.premium_samples += 1


def fall_due(market: Market, now: datetime) -> FundingRate | None:
    """Hold a funding if its time has come, and set the time of the next. The caller saves the market."""
    period = timedelta(hours=market.funding_period)
    due_at, market.next_funding_at = market.next_funding_at, floor_to_period(now, period) + period
    if due_at is None or now < due_at:
        return None
    market.last_funding_rate = rate(market)
    market.last_funding_at = floor_to_period(now, period)
    market.fundings += 1
    market.sum_unitary_funding += times(market.mark_price, market.last_funding_rate)
    market.premium_sum, market.premium_samples = Decimal(0), 0
    return FundingRate(
        market=market,
        number=market.fundings,
        rate=market.last_funding_rate,
        mark_price=market.mark_price,
        at=market.last_funding_at,
    )


@atomic_without_savepoint
def charge_funding(account_pk: int) -> None:
    UnitOfWork.of(account_pk).write()
