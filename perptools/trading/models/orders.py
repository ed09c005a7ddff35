"""Orders and their fills."""

from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from apikeys.models import Account, ApiKey
from perptools.trading.decimals import ZERO, divide
from perptools.trading.fields import AmountField
from perptools.trading.models.markets import Market


class Side(models.TextChoices):
    BUY = "BUY"
    SELL = "SELL"

    @property
    def sign(self) -> int:
        return 1 if self is Side.BUY else -1

    @property
    def other(self) -> "Side":
        return Side.SELL if self is Side.BUY else Side.BUY


class OrderType(models.TextChoices):
    LIMIT = "LIMIT"
    MARKET = "MARKET"
    IOC = "IOC"
    FOK = "FOK"
    POST_ONLY = "POST_ONLY"
    ASK = "ASK"
    BID = "BID"


# The types whose unfilled part rests in the market.
RESTING = (OrderType.LIMIT, OrderType.POST_ONLY, OrderType.ASK, OrderType.BID)


class OrderStatus(models.TextChoices):
    NEW = "NEW"
    PARTIAL_FILLED = "PARTIAL_FILLED"
    FILLED = "FILLED"
    CANCELLED = "CANCELLED"


OPEN = (OrderStatus.NEW, OrderStatus.PARTIAL_FILLED)
FINAL = (OrderStatus.FILLED, OrderStatus.CANCELLED)
# By `closed_at`, because `IS NULL` is the only condition for which both databases use a partial index with any
# parameters.
IS_OPEN = Q(closed_at=None)
NEWEST_FIRST = ("-created_at", "-id")
NARROWED_BY = ("status", "side", "type", "tag")
SUMMED_UP = ("market", "value", "fee", "realized_pnl")


class OrderQuerySet(models.QuerySet["Order"]):
    def owned_by(self, account_pk: int) -> Self:
        return self.filter(account_id=account_pk)

    def open(self) -> Self:
        return self.filter(IS_OPEN)

    def reached(self, side: Side) -> Self:
        """Resting orders of one side that their market's mark price has reached.

        One side at a time: for both at once, databases would read all orders that ever existed.
        """
        mark = F("market__mark_price")
        return self.open().filter(Q(price__gte=mark) if side is Side.BUY else Q(price__lte=mark), side=side)


class Order(models.Model):
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="orders", db_index=False)
    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="orders", db_index=False)
    api_key = models.ForeignKey(  # the key that placed it; empty: the trader by hand, or the venue
        ApiKey, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    client_order_id = models.CharField(max_length=36, blank=True)
    type = models.CharField(max_length=12, choices=OrderType.choices)
    side = models.CharField(max_length=4, choices=Side.choices)
    status = models.CharField(max_length=14, choices=OrderStatus.choices, default=OrderStatus.NEW)
    price = AmountField(null=True)  # empty for market orders
    quantity = AmountField()
    amount = AmountField(null=True)  # USDC, if the size was given so
    visible_quantity = AmountField(default=ZERO)
    executed_quantity = AmountField(default=ZERO)
    executed_value = AmountField(default=ZERO)  # sum of price × quantity over its fills
    fee = AmountField(default=ZERO)
    realized_pnl = AmountField(default=ZERO)
    reduce_only = models.BooleanField(default=False)
    tag = models.CharField(max_length=128, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)  # when it was filled or cancelled

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "client_order_id"],
                condition=IS_OPEN & ~Q(client_order_id=""),
                name="open_client_order_ids_are_unique",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, visible_quantity__gte=0, visible_quantity__lte=F("quantity")),
                name="an_order_is_for_something",
            ),
            models.CheckConstraint(
                condition=Q(price=None, type="MARKET") | Q(price__gt=0), name="an_order_price_is_positive"
            ),
            models.CheckConstraint(
                condition=Q(status="NEW", executed_quantity=0)
                | Q(status="PARTIAL_FILLED", executed_quantity__gt=0, executed_quantity__lt=F("quantity"))
                | Q(status="FILLED", executed_quantity=F("quantity"))
                | Q(status="CANCELLED", executed_quantity__gte=0, executed_quantity__lt=F("quantity")),
                name="an_order_fills_up_to_its_quantity",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["NEW", "PARTIAL_FILLED"], closed_at=None)
                | Q(status__in=["FILLED", "CANCELLED"], closed_at__isnull=False),
                name="a_final_order_is_closed",
            ),
        ]
        indexes = [
            # They end in the columns that lists filter by, so that counting and filtering read no rows.
            models.Index(fields=["account", *NEWEST_FIRST, *NARROWED_BY], name="orders_of_an_account"),
            models.Index(fields=["account", "market", *NEWEST_FIRST, *NARROWED_BY], name="orders_by_market"),
            models.Index(fields=["account", *NEWEST_FIRST], condition=IS_OPEN, name="open_orders_of_an_account"),
            models.Index(fields=["account", "-updated_at", "-id"], name="orders_by_last_change"),
            models.Index(fields=["account", "client_order_id", "-id"], name="orders_by_client_order_id"),
            models.Index(fields=["market", "side", "price"], condition=IS_OPEN, name="resting_orders_by_price"),
        ]

    def __str__(self) -> str:
        return f"{self.side} {self.quantity} {self.market} ({self.status})"

    @property
    def remaining(self) -> Decimal:
        return self.quantity - self.executed_quantity

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def average_price(self) -> Decimal | None:
        return divide(self.executed_value, self.executed_quantity) if self.executed_quantity else None


class Fill(models.Model):
    """One execution of an order. Fills never change, and are enough to recalculate all positions and balances."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="fills", db_index=False)
    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="fills", db_index=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="fills")
    side = models.CharField(max_length=4, choices=Side.choices)
    price = AmountField()
    quantity = AmountField()
    value = AmountField()  # USDC
    fee = AmountField()
    realized_pnl = AmountField()
    is_maker = models.BooleanField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0, price__gt=0), name="a_fill_is_for_something"),
        ]
        indexes = [
            models.Index(fields=["account", *NEWEST_FIRST, *SUMMED_UP], name="fills_of_an_account"),
            models.Index(fields=["account", "market", *NEWEST_FIRST], name="fills_by_market"),
            models.Index(fields=["market", "-id"], name="fills_of_a_market"),
        ]

    def __str__(self) -> str:
        return f"{self.side} {self.quantity} at {self.price}"
