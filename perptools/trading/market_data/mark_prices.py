"""Update mark prices, and do what follows: candles, fundings, resting orders that were reached, liquidations.

All prices of one time are written in one transaction; their effect on each account is another one. If the process dies
in between, nothing is half done, and the next prices do the rest.
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from perptools.trading.decimals import ZERO, rounded
from perptools.trading.market_data import candles
from perptools.trading.models import FundingRate, Market, MarketStatus, Order, Position, Side
from perptools.trading.paper import funding, liquidation, lookups, resting_orders
from perptools.trading.paper import orders as paper_orders
from perptools.trading.paper.portfolio import Portfolio

logger = logging.getLogger(__name__)

ACCOUNTS_AT_ONCE = 500
MOVING = [  # the columns that prices change
    "mark_price",
    "index_price",
    "updated_at",
    "premium_sum",
    "premium_samples",
    "fundings",
    "last_funding_rate",
    "last_funding_at",
    "next_funding_at",
    "sum_unitary_funding",
]


@dataclass(frozen=True, slots=True)
class Quote:
    """The prices of one market. `volume` is the volume since the previous quote, in the base."""

    symbol: str
    mark: Decimal
    index: Decimal | None = None  # the mark price, if the feed has only one price
    volume: Decimal = ZERO


def set_mark(symbol: str, price: Decimal) -> Market:
    return move([Quote(symbol, price)])[0]


def set_status(symbol: str, status: MarketStatus) -> Market:
    """Open, limit or halt a market. A halt cancels the orders of accounts that chose this."""
    market = lookups.find_market(symbol)
    market.status = status
    market.updated_at = timezone.now()
    market.save(update_fields=["status", "updated_at"])
    if status == MarketStatus.HALTED:
        wanting = Position.objects.filter(
            market=market, open_orders__gt=0, account__balance__cancel_on_maintenance=True
        )
        for account_pk in wanting.order_by("account_id").values_list("account_id", flat=True):
            paper_orders.cancel_all(account_pk, symbol)
    return market


def move(quotes: Iterable[Quote], now: datetime | None = None) -> list[Market]:
    """Process new prices, at most one per market. On halted markets only prices change; unknown ones are ignored."""
    now = now or timezone.now()
    moved = take_in({quote.symbol: quote for quote in quotes}, now)
    live = [market for market in moved if market.status != MarketStatus.HALTED]
    charge_fundings(live)
    fill_reached(live)
    liquidate(live)
    return moved


@transaction.atomic
def take_in(quotes: dict[str, Quote], now: datetime) -> list[Market]:
    """Write prices, candles, and the fundings that are due."""
    # Always in the same order, so that two feeds never wait for each other's markets.
    locked = Market.objects.select_for_update(no_key=True).filter(symbol__in=quotes).order_by("pk")
    moved = [market for market in locked if _is_usable(quotes[market.symbol], market)]
    for market in moved:
        quote = quotes[market.symbol]
        market.mark_price = rounded(quote.mark)
        market.index_price = rounded(quote.mark if quote.index is None else quote.index)
        market.updated_at = now
        funding.sample(market)
    candles.record({market: rounded(quotes[market.symbol].volume) for market in moved}, now)
    FundingRate.objects.bulk_create([due for market in moved if (due := funding.fall_due(market, now))])
    for market in moved:
        market.save(update_fields=MOVING)  # bulk_update takes five times as long for a few rows
    return moved


def charge_fundings(markets: Iterable[Market]) -> None:
    """Charge positions for fundings that they haven't been charged for."""
    behind = Position.objects.open().filter(market__in=markets, fundings__lt=F("market__fundings"))
    for account_pk in behind.order_by("account_id").values_list("account_id", flat=True).distinct():
        funding.charge_funding(account_pk)


def fill_reached(markets: Iterable[Market]) -> None:
    """Fill the resting orders that the mark prices have reached."""
    by_key = {market.pk: market for market in markets}
    reached: set[tuple[int, int]] = set()
    for side in Side:
        orders = Order.objects.filter(market__in=by_key).reached(side).order_by()
        reached.update(orders.values_list("account_id", "market_id"))
    for account_pk, market_pk in sorted(reached):
        resting_orders.fill(account_pk, by_key[market_pk])


def liquidate(markets: Iterable[Market]) -> list[int]:
    """Liquidate the accounts on these markets that are below their maintenance margin. Returns their IDs."""
    positions = Position.objects.open().filter(market__in=markets).order_by("account_id")
    accounts = list(positions.values_list("account_id", flat=True).distinct())
    return [pk for pk in _below_maintenance(accounts) if liquidation.liquidate(pk)]


def _below_maintenance(accounts: list[int]) -> Iterator[int]:
    for start in range(0, len(accounts), ACCOUNTS_AT_ONCE):
        for portfolio in Portfolio.read_many(accounts[start : start + ACCOUNTS_AT_ONCE]):
            if portfolio.margin().is_below_maintenance:
                yield portfolio.balance.account_id


def _is_usable(quote: Quote, market: Market) -> bool:
    usable = all(market.quote_tick <= price <= market.quote_max for price in (quote.mark, quote.index or quote.mark))
    if not usable:
        logger.warning("A price of %s for %s is out of its limits, and left out.", quote.mark, market)
    return usable
