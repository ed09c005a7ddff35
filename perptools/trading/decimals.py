"""Exact amounts: whole numbers of 10^-8 in the database, Decimal in the code, and the one rounding rule.

Every price, quantity and sum of money passes through `rounded`: to the nearest 10^-8, ties to the even digit. Nothing
else in this app rounds money. (`DecimalField` on SQLite goes through a float and is not exact beyond 15 digits.)
"""

from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache, reduce
from typing import TYPE_CHECKING, Any, TypeVar

from django import forms
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

PLACES = 8
LARGEST_UNITS = 2**63 - 1
LARGEST = Decimal(LARGEST_UNITS).scaleb(-PLACES)
ZERO = Decimal(0)

_STEPS = [Decimal(1).scaleb(-places) for places in range(19)]
# An amount has at most 19 digits: products of three are exact in here, before they are rounded once.
_EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)


def rounded(value: Decimal, places: int = PLACES) -> Decimal:
    """Round to a whole number of 10^-places, ties to even, and write it without trailing zeros."""
    return _plain(value.quantize(_STEPS[places], context=_EXACT))


def times(*factors: Decimal) -> Decimal:
    """Multiply exactly, then round once."""
    return rounded(reduce(_EXACT.multiply, factors))


def divide(value: Decimal, by: Decimal, places: int = PLACES) -> Decimal:
    return rounded(_EXACT.divide(value, by), places)


def share(total: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """What `part` of the `whole` has of a total."""
    return rounded(_EXACT.divide(_EXACT.multiply(total, part), whole))


def capped(value: Decimal) -> Decimal:
    """Hold a figure that only informs within its column."""
    return min(value, LARGEST)


def is_whole(value: Decimal, step: Decimal) -> bool:
    """Say whether a value is a whole number of steps."""
    return not _EXACT.remainder(value, step)


def floor_to(value: Decimal, step: Decimal) -> Decimal:
    """Cut a positive value down to a whole number of steps."""
    return _plain(_EXACT.multiply(_EXACT.divide_int(value, step), step))


def ceil_to(value: Decimal, step: Decimal) -> Decimal:
    """Raise a positive value to a whole number of steps."""
    floor = floor_to(value, step)
    return floor if floor == value else floor + step


def _plain(value: Decimal) -> Decimal:
    if value == value.to_integral_value():
        return Decimal(int(value))
    return value.normalize(_EXACT)


SetType = TypeVar("SetType")
GetType = TypeVar("GetType")

if TYPE_CHECKING:

    class _Field(models.Field[SetType, GetType]): ...
else:

    class _Field(models.Field):
        """Generic, as in the stubs, so that a nullable amount is a Decimal or None to the type checker."""

        def __class_getitem__(cls, types: Any) -> type:
            return cls


class AmountField(_Field[SetType, GetType]):
    """A whole number of 10^-places in the database; a Decimal in the code. It never rounds: code does, by `rounded`."""

    _pyi_private_set_type: Decimal
    _pyi_private_get_type: Decimal

    def __init__(self, *args: Any, places: int = PLACES, **kwargs: Any) -> None:
        self.places = places
        super().__init__(*args, **kwargs)

    def get_internal_type(self) -> str:
        return "BigIntegerField"

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        if self.places != PLACES:
            kwargs["places"] = self.places
        return name, path, args, kwargs

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Decimal | None:
        return None if value is None else _amount(int(value), self.places)  # PostgreSQL sums bigints into numerics

    def to_python(self, value: Any) -> Decimal | None:
        return None if value is None else Decimal(value)

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        if value is None or hasattr(value, "resolve_expression"):
            return value
        return self.units(Decimal(value))

    def units(self, value: Decimal | None) -> int | None:
        if value is None:
            return None
        scaled = _EXACT.scaleb(value, self.places)
        units = int(scaled)
        if units != scaled or abs(units) > LARGEST_UNITS:
            raise ValueError(f"{self.name}: {value} is not a whole number of 10^-{self.places} within 64 bits")
        return units

    def value_to_string(self, obj: models.Model) -> str:
        return str(self.value_from_object(obj))

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(
            **{"form_class": forms.DecimalField, "max_digits": 18, "decimal_places": self.places, **kwargs}
        )


@lru_cache(maxsize=4096)  # a market's parameters are read with every order
def _amount(units: int, places: int) -> Decimal:
    whole, rest = divmod(units, 10**places)
    return Decimal(units).scaleb(-places, _EXACT).normalize(_EXACT) if rest else Decimal(whole)
