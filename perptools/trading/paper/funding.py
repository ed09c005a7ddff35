"""Fundings: the rate, the schedule, and charging them.

rate = clamp(average premium + clamp(interest − average premium, ±0.05%), floor, cap)

The premium is (mark − index) / index, averaged over the prices of the period. Source: Orderly's documentation, "Funding
rate". Periods are counted from midnight UTC. A period without prices has no funding.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from perptools.trading.decimals import divide, times
from perptools.trading.models import FundingRate, Market
from perptools.trading.paper.atomic import atomic_without_savepoint
from perptools.trading.paper.unit_of_work import UnitOfWork
from perptools.trading.timestamps import floor_to_period

LARGEST_PULL = Decimal("0.0005")  # how far the interest rate can move the premium


def rate(market: Market) -> Decimal:
    """Return the rate if the funding were now."""
    return rate_at(market, market.average_premium)


def rate_at(market: Market, premium: Decimal) -> Decimal:
    """Return the rate for an average premium."""
    pull = max(-LARGEST_PULL, min(LARGEST_PULL, market.interest_rate - premium))
    return max(market.floor_funding, min(market.cap_funding, premium + pull))


def last_at(market: Market) -> datetime:
    """Return the time of the last funding, even if it was left out: clients calculate the period from it."""
    return next_at(market) - timedelta(hours=market.funding_period)


def next_at(market: Market) -> datetime:
    period = timedelta(hours=market.funding_period)
    return market.next_funding_at or floor_to_period(timezone.now(), period) + period


def sample(market: Market) -> None:
    """Add the market's current prices to the average premium."""
    market.premium_sum += divide(market.mark_price - market.index_price, market.index_price)
    market.premium_samples += 1


def fall_due(market: Market, now: datetime) -> FundingRate | None:
    """Return a funding if it is due, and schedule the next one. The caller saves the market."""
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
