"""Exact amounts: whole numbers of 10^-8 in the database, Decimal in the code, and one rounding rule.

All prices, quantities and money pass through `rounded`: to the nearest 10^-8, ties to the even digit. Nothing else in
this app rounds money. (`DecimalField` on SQLite uses a float and isn't exact beyond 15 digits.)
"""

from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import reduce

PLACES = 8
LARGEST_UNITS = 2**63 - 1
LARGEST = Decimal(LARGEST_UNITS).scaleb(-PLACES)
ZERO = Decimal(0)

_STEPS = [Decimal(1).scaleb(-places) for places in range(19)]
# Amounts have at most 19 digits. With this precision, products of three amounts are exact before they are rounded.
EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)


def rounded(value: Decimal, places: int = PLACES) -> Decimal:
    """Round to a whole number of 10^-places, ties to even, without trailing zeros."""
    return _plain(value.quantize(_STEPS[places], context=EXACT))


def times(*factors: Decimal) -> Decimal:
    """Multiply exactly, then round once."""
    return rounded(reduce(EXACT.multiply, factors))


def divide(value: Decimal, by: Decimal, places: int = PLACES) -> Decimal:
    return rounded(EXACT.divide(value, by), places)


def share(total: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """Return total × part / whole."""
    return rounded(EXACT.divide(EXACT.multiply(total, part), whole))


def capped(value: Decimal) -> Decimal:
    """Limit a value that is only informative to what its column can store."""
    return min(value, LARGEST)


def is_whole(value: Decimal, step: Decimal) -> bool:
    """Return whether a value is a whole number of steps."""
    return not EXACT.remainder(value, step)


def floor_to(value: Decimal, step: Decimal) -> Decimal:
    """Round a positive value down to a whole number of steps."""
    return _plain(EXACT.multiply(EXACT.divide_int(value, step), step))


def ceil_to(value: Decimal, step: Decimal) -> Decimal:
    """Round a positive value up to a whole number of steps."""
    floor = floor_to(value, step)
    return floor if floor == value else floor + step


def _plain(value: Decimal) -> Decimal:
    if value == value.to_integral_value():
        return Decimal(int(value))
    return value.normalize(EXACT)
