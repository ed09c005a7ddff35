"""A model field for exact amounts: whole numbers of 10^-8 in the database, Decimal in the code."""

from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from django import forms
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from perptools.trading.decimals import EXACT, LARGEST_UNITS, PLACES

SetType = TypeVar("SetType")
GetType = TypeVar("GetType")


if TYPE_CHECKING:

    class _Field(models.Field[SetType, GetType]): ...
else:

    class _Field(models.Field):
        """Generic, as in the stubs, so that a nullable amount is `Decimal | None` for the type checker."""

        def __class_getitem__(cls, types: Any) -> type:
            return cls


class AmountField(_Field[SetType, GetType]):
    """A whole number of 10^-places in the database, a Decimal in the code. It never rounds; use `rounded`."""

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
        return None if value is None else _amount(int(value), self.places)  # PostgreSQL's sum of bigints is numeric

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
        scaled = EXACT.scaleb(value, self.places)
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
    return Decimal(units).scaleb(-places, EXACT).normalize(EXACT) if rest else Decimal(whole)
