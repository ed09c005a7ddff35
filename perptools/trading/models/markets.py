"""Markets: perpetual contracts, their fundings and their candles."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from perptools.trading.decimals import ZERO, divide
from perptools.trading.fields import AmountField


class MarketStatus(models.TextChoices):
    ACTIVE = "ACTIVE"
    REDUCE_ONLY = "REDUCE_ONLY", "Reduce only"
    HALTED = "HALTED"


class Market(models.Model):
    """A perpetual contract and its rules, named as in Orderly's `/v1/public/info`. Ratios are fractions: 0.03 is 3%."""

    symbol = models.CharField(max_length=32, unique=True)  # PERP_<BASE>_USDC
    status = models.CharField(max_length=12, choices=MarketStatus.choices, default=MarketStatus.ACTIVE)
    mark_price = AmountField()
    index_price = AmountField()

    quote_min = AmountField(default=ZERO)
    quote_max = AmountField()
    quote_tick = AmountField()
    base_min = AmountField()
    base_max = AmountField()
    base_tick = AmountField()
    min_notional = AmountField()
    price_range = AmountField()
    price_scope = AmountField()

    base_imr = AmountField()
    base_mmr = AmountField()
    imr_factor = AmountField(places=14)
    std_liquidation_fee = AmountField()
    liquidator_fee = AmountField()
    claim_insurance_fund_discount = AmountField()

    # The synthetic order book: see `order_book`.
    half_spread = AmountField(default=Decimal("0.0001"))
    level_step = AmountField(default=Decimal("0.0002"))
    # USDC on the best level; the second level has twice that, and so on.
    level_value = AmountField(default=Decimal(1000))

    funding_period = models.PositiveSmallIntegerField(default=8)  # hours
    cap_funding = AmountField()
    floor_funding = AmountField()
    interest_rate = AmountField()
    fundings = models.PositiveBigIntegerField(default=0)  # how many there have been
    last_funding_rate = AmountField(default=ZERO)
    last_funding_at = models.DateTimeField(null=True, blank=True)
    next_funding_at = models.DateTimeField(null=True, blank=True)
    sum_unitary_funding = AmountField(default=ZERO)  # USDC that one unit of a long position has paid so far
    premium_sum = AmountField(default=ZERO)  # of the samples since the last funding
    premium_samples = models.PositiveBigIntegerField(default=0)

    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(symbol__regex=r"^PERP_[0-9A-Z]+_USDC$"), name="a_market_is_a_usdc_perp"),
            models.CheckConstraint(condition=Q(mark_price__gt=0, index_price__gt=0), name="a_mark_price_is_positive"),
            models.CheckConstraint(
                condition=Q(quote_tick__gt=0, base_tick__gt=0, base_min__gt=0, base_max__gte=F("base_min")),
                name="ticks_and_lots_are_positive",
            ),
            models.CheckConstraint(
                condition=Q(base_mmr__gt=0, base_imr__gt=F("base_mmr"), base_imr__lte=1),
                name="initial_margin_exceeds_maintenance",
            ),
            models.CheckConstraint(
                condition=Q(half_spread__gt=0, half_spread__lt=1, level_step__gte=0, level_value__gt=0),
                name="a_book_has_a_spread_and_depth",
            ),
            models.CheckConstraint(
                condition=Q(funding_period__gte=1, floor_funding__lte=F("cap_funding")), name="funding_is_bounded"
            ),
        ]

    def __str__(self) -> str:
        return self.symbol

    @property
    def average_premium(self) -> Decimal:
        """Return how far the mark price was above the index price since the last funding, on average."""
        return divide(self.premium_sum, Decimal(self.premium_samples)) if self.premium_samples else ZERO


class FundingRate(models.Model):
    """One funding. `number` counts a market's fundings from 1.

    Those of a simulated history (`feed_prices --history`) have 0 and less, so that no position is charged for them.
    """

    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="funding_rates", db_index=False)
    number = models.BigIntegerField()
    rate = AmountField()
    mark_price = AmountField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["market", "number"], name="fundings_are_numbered")]
        indexes = [models.Index(fields=["market", "-at"], name="fundings_of_a_market")]

    def __str__(self) -> str:
        return f"{self.market} {self.rate}"


class Resolution(models.TextChoices):
    """The stored candle lengths. All others are put together from these."""

    MINUTE = "1m"
    HOUR = "1h"
    DAY = "1d"


class Candle(models.Model):
    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="candles", db_index=False)
    resolution = models.CharField(max_length=2, choices=Resolution.choices)
    starts_at = models.DateTimeField()
    open = AmountField()
    high = AmountField()
    low = AmountField()
    close = AmountField()
    volume = AmountField(default=ZERO)
    amount = AmountField(default=ZERO)  # USDC

    class Meta:
        ordering = ["-starts_at"]
        constraints = [
            models.UniqueConstraint(fields=["market", "resolution", "starts_at"], name="one_candle_at_a_time"),
            models.CheckConstraint(
                condition=Q(low__gt=0, low__lte=F("open"), high__gte=F("open"))
                & Q(low__lte=F("close"), high__gte=F("close")),
                name="a_candle_spans_its_prices",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.market} {self.resolution} {self.starts_at:%Y-%m-%d %H:%M}"
