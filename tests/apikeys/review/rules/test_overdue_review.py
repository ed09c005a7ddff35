"""The risk “Ongoing management”, at its limits."""

from datetime import timedelta
from typing import Any

import pytest

from apikeys.review.findings import Code
from tests.support.sound_key import DAY, NOW, SECOND, codes, key_of


@pytest.mark.parametrize(("age", "found"), [(180 * DAY, True), (180 * DAY - SECOND, False)])
def test_old_secret_is_found(age: timedelta, found: bool) -> None:
    assert codes(key_of(created_at=NOW - age)) == ({Code.OLD} if found else set())


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"reviewed_at": NOW - 90 * DAY}, True),
        ({"reviewed_at": NOW - 90 * DAY + SECOND}, False),
        ({"reviewed_at": None, "created_at": NOW - 90 * DAY}, True),
        ({"reviewed_at": None, "created_at": NOW - 90 * DAY + SECOND}, False),
    ],
)
def test_unreviewed_key_is_found(changes: dict[str, Any], found: bool) -> None:
    assert codes(key_of(**changes)) == ({Code.UNREVIEWED} if found else set())


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"last_login": NOW - 60 * DAY}, True),
        ({"last_login": NOW - 60 * DAY + SECOND}, False),
        ({"last_login": None}, True),  # joined 300 days ago and never came back
        ({"last_login": NOW - 60 * DAY, "can_trade": False}, False),
        ({"last_login": NOW - 60 * DAY, "paused_at": NOW}, False),
    ],
)
def test_trading_key_of_an_absent_owner_is_found(changes: dict[str, Any], found: bool) -> None:
    assert codes(key_of(**changes)) == ({Code.OWNER_AWAY} if found else set())
