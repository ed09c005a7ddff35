"""Balances, positions, transfers and funding payments of accounts."""

from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from apikeys.models import Account
from perptools.trading.decimals import ZERO, divide, share, times
from perptools.trading.fields import AmountField
from perptools.trading.models.markets import Market
from perptools.trading.models.orders import Side

MOST_LEVERAGE = 50
DEFAULT_LEVERAGE = 10


class Balance(models.Model):
    """An account's USDC and settings. Changes to the account's money lock this row first."""

    account = models.OneToOneField(Account, on_delete=models.PROTECT, primary_key=True, related_name="balance")
    holding = AmountField(default=ZERO)
    leverage = models.PositiveSmallIntegerField(default=DEFAULT_LEVERAGE)
    cancel_on_maintenance = models.BooleanField(default=False)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(leverage__gte=1, leverage__lte=MOST_LEVERAGE), name="leverage_is_between_1_and_50"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.holding} USDC"


class TransferSide(models.TextChoices):
    DEPOSIT = "DEPOSIT"
    WITHDRAW = "WITHDRAW"


class TransferReason(models.TextChoices):
    FUNDS = "FUNDS", "Paper funds"
    RESET = "RESET", "Paper funds reset"
    INSURANCE = "INSURANCE", "Loss beyond the account, borne by the insurance fund"


class Transfer(models.Model):
    """Paper money that came in or went out."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="transfers", db_index=False)
    side = models.CharField(max_length=8, choices=TransferSide.choices)
    reason = models.CharField(max_length=9, choices=TransferReason.choices, default=TransferReason.FUNDS)
    amount = AmountField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="a_transfer_moves_something")]
        indexes = [models.Index(fields=["account", "-created_at", "-id"], name="transfers_of_an_account")]

    def __str__(self) -> str:
        return f"{self.side} {self.amount} USDC"

    @property
    def signed_amount(self) -> Decimal:
        return self.amount if self.side == TransferSide.DEPOSIT else -self.amount


class PositionQuerySet(models.QuerySet["Position"]):
    def open(self) -> Self:
        return self.exclude(quantity=0)


class Position(models.Model):
    """An account's position on one market, and what its open orders could add to it."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="positions", db_index=False)
    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="positions", db_index=False)
    quantity = AmountField(default=ZERO)  # negative: short
    cost = AmountField(default=ZERO)  # quantity × average open price, with the quantity's sign
    # The quantities that open orders could still buy and sell, without reduce-only orders, which add nothing to a
    # position.
    pending_long = AmountField(default=ZERO)
    pending_short = AmountField(default=ZERO)
    # The numbers of orders and fills, so that lists don't count them.
    orders = models.PositiveBigIntegerField(default=0)
    open_orders = models.PositiveBigIntegerField(default=0)
    fills = models.PositiveBigIntegerField(default=0)
    fundings = models.PositiveBigIntegerField(default=0)  # the number of the last funding that was charged
    updated_at = models.DateTimeField(default=timezone.now)

    objects = PositionQuerySet.as_manager()

    class Meta:
        ordering = ["market_id"]
        constraints = [
            models.UniqueConstraint(fields=["account", "market"], name="one_position_per_market"),
            models.CheckConstraint(
                condition=Q(pending_long__gte=0, pending_short__gte=0), name="pending_is_never_negative"
            ),
            models.CheckConstraint(
                condition=Q(quantity=0, cost=0) | Q(quantity__gt=0, cost__gte=0) | Q(quantity__lt=0, cost__lte=0),
                name="cost_has_the_sign_of_the_quantity",
            ),
        ]
        indexes = [
            models.Index(fields=["market", "account"], condition=~Q(quantity=0), name="held_positions_of_a_market"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} {self.market}"

    @property
    def average_open_price(self) -> Decimal:
        return divide(self.cost, self.quantity) if self.quantity else ZERO

    @property
    def worth(self) -> Decimal:
        """The value at the mark price, with the quantity's sign."""
        return times(self.quantity, self.market.mark_price)

    @property
    def notional(self) -> Decimal:
        return abs(self.worth)

    @property
    def unsettled_pnl(self) -> Decimal:
        return self.worth - self.cost

    def reducible_by(self, side: Side) -> Decimal:
        """Return how much an order of this side could reduce the position."""
        return abs(self.quantity) if self.quantity * side.sign < 0 else ZERO

    def trade(self, side: Side, quantity: Decimal, price: Decimal) -> Decimal:
        """Apply a fill to the position, and return the realised PnL."""
        closed = min(quantity, self.reducible_by(side))
        realized = self._close(closed, price) if closed else ZERO
        opened = (quantity - closed) * side.sign
        self.quantity += opened
        self.cost += times(opened, price)
        return realized

    def _close(self, closed: Decimal, price: Decimal) -> Decimal:
        signed = closed.copy_sign(self.quantity)
        cost = share(self.cost, signed, self.quantity) if signed != self.quantity else self.cost
        self.quantity -= signed
        self.cost -= cost
        return times(signed, price) - cost


class FundingPayment(models.Model):
    """One account's payment for one funding; negative if it received money."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="funding_payments", db_index=False)
    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.PositiveBigIntegerField()
    rate = AmountField()
    mark_price = AmountField()
    amount = AmountField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["account", "market", "number"], name="a_funding_is_charged_once"),
        ]
        indexes = [models.Index(fields=["account", "-created_at", "-id"], name="fundings_of_an_account")]

    def __str__(self) -> str:
        return f"{self.market} {self.amount} USDC"

    @property
    def received(self) -> Decimal:
        return -self.amount
