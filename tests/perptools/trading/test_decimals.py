from decimal import Decimal

import pytest
from django.db.models import Sum
from hypothesis import given
from hypothesis import strategies as st

from perptools.trading.decimals import divide, floor_to, is_whole, rounded, share, times
from perptools.trading.fields import AmountField
from perptools.trading.models import Balance

amounts = st.decimals(min_value=-(10**9), max_value=10**9, places=8)


@pytest.mark.parametrize(
    ("exact", "kept"),
    [
        ("0.000000005", "0"),
        ("0.000000015", "0.00000002"),
        ("-0.000000005", "0"),
        ("0.0000000051", "0.00000001"),
        ("123456789.123456785", "123456789.12345678"),
        ("100.00", "100"),
    ],
)
def test_amounts_round_to_the_nearest_unit_with_ties_to_even(exact: str, kept: str) -> None:
    assert rounded(Decimal(exact)) == Decimal(kept)


def test_rounded_amount_is_written_without_trailing_zeros() -> None:
    assert [str(rounded(Decimal(text))) for text in ("100.000", "0.10", "1E+3", "0.00000001")] == [
        "100",
        "0.1",
        "1000",
        "1E-8",
    ]


@given(amounts, amounts)
def test_product_is_rounded_once_from_its_exact_value(one: Decimal, other: Decimal) -> None:
    units = int(one.scaleb(8)) * int(other.scaleb(8))
    assert abs(times(one, other).scaleb(16) - units) <= 10**8 // 2


@given(amounts)
def test_column_returns_what_was_stored(amount: Decimal) -> None:
    column = AmountField()
    assert column.from_db_value(column.get_prep_value(amount), None, None) == amount


@given(amounts.filter(bool), st.integers(1, 100))
def test_shares_add_up_to_the_whole(total: Decimal, parts: int) -> None:
    part = share(total, Decimal(1), Decimal(parts))
    assert abs(part * parts - total) <= Decimal("0.00000001") * parts


@pytest.mark.parametrize("value", ["0.000000001", "92233720369"])
def test_column_rejects_inexact_values(value: str) -> None:
    with pytest.raises(ValueError, match="whole number"):
        AmountField().get_prep_value(Decimal(value))


@pytest.mark.parametrize(("value", "step", "whole"), [("0.3", "0.1", True), ("0.35", "0.1", False), ("0", "5", True)])
def test_steps_are_exact(value: str, step: str, whole: bool) -> None:
    assert is_whole(Decimal(value), Decimal(step)) is whole


def test_rounding_down_never_rounds_up() -> None:
    assert floor_to(Decimal("0.19999999"), Decimal("0.1")) == Decimal("0.1")


def test_division_has_limited_decimal_places() -> None:
    assert divide(Decimal(2), Decimal(3)) == Decimal("0.66666667")


@pytest.mark.django_db
def test_database_adds_amounts_exactly(account: object) -> None:
    Balance.objects.update(holding=Decimal("90000000000.00000001"))
    assert Balance.objects.aggregate(total=Sum("holding"))["total"] == Decimal("90000000000.00000001")
