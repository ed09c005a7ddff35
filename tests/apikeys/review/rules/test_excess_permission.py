"""The risk “Permission setup”, at its boundaries."""

from datetime import timedelta

import pytest

from apikeys.models import Purpose
from apikeys.review.findings import Code, Fix, Level
from apikeys.review.usage_profile import Habits
from tests.support.sound_key import DAY, NOW, SECOND, called, codes, key_of, only


def test_trading_on_a_monitoring_key_is_found_whatever_it_did() -> None:
    found = only(key_of(purpose=Purpose.MONITORING))
    assert (found.code, found.level, found.fixes) == (Code.MONITORING_TRADES, Level.HIGH, (Fix.READ_ONLY,))


@pytest.mark.parametrize(
    ("granted", "accepted", "traded", "found"),
    [
        (14 * DAY, 50, 0, True),
        (14 * DAY - SECOND, 50, 0, False),
        (13 * DAY, 5000, 0, False),
        (14 * DAY, 49, 0, False),
        (14 * DAY, 50, 1, False),
        (90 * DAY, 4812, 0, True),
    ],
)
def test_trading_that_nothing_needed(granted: timedelta, accepted: int, traded: int, found: bool) -> None:
    key = key_of(created_at=NOW - granted)
    habits = Habits((called(need="read"),), accepted_since=accepted, traded_since=traded)
    assert codes(key, habits) == ({Code.UNUSED_TRADING} if found else set())


def test_trading_that_was_granted_lately_is_given_its_fourteen_days() -> None:
    habits = Habits((called(need="read"),), trading_since=NOW - 13 * DAY, accepted_since=50)
    assert codes(key_of(), habits) == set()


def test_a_key_that_cannot_trade_has_no_trading_to_take_away() -> None:
    assert codes(key_of(can_trade=False), Habits((called(need="read"),), accepted_since=5000)) == set()
