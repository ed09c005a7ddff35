"""The risk “Expiration handling”, at its limits."""

from datetime import timedelta

import pytest

from apikeys.review.findings import Code
from apikeys.review.usage_profile import UsageProfile
from tests.support.sound_key import DAY, NOW, SECOND, codes, key_of, used_on


@pytest.mark.parametrize(
    ("days", "silence", "found"),
    [
        (20, 7 * DAY, True),
        (20, 7 * DAY - SECOND, False),
        (19, 7 * DAY, False),
        (28, 29 * DAY, True),
        (28, 6 * DAY, False),
    ],
)
def test_key_that_went_quiet_is_found(days: int, silence: timedelta, found: bool) -> None:
    key = key_of(last_used_at=NOW - silence)
    assert codes(key, used_on(days, last=silence)) == ({Code.WENT_QUIET} if found else set())


@pytest.mark.parametrize(
    ("can_trade", "silence", "found"),
    [
        (True, 30 * DAY, True),
        (True, 30 * DAY - SECOND, False),
        (False, 90 * DAY, True),
        (False, 90 * DAY - SECOND, False),
        (False, 30 * DAY, False),
    ],
)
def test_idle_key_is_found(can_trade: bool, silence: timedelta, found: bool) -> None:
    key = key_of(can_trade=can_trade, last_used_at=NOW - silence)
    assert codes(key, UsageProfile()) == ({Code.IDLE} if found else set())


def test_quiet_and_idle_key_is_one_finding() -> None:
    assert codes(key_of(last_used_at=NOW - 30 * DAY), used_on(28, last=30 * DAY)) == {Code.IDLE}


@pytest.mark.parametrize(("age", "found"), [(7 * DAY, True), (7 * DAY - SECOND, False)])
def test_key_that_was_never_used_is_found(age: timedelta, found: bool) -> None:
    key = key_of(created_at=NOW - age, last_used_at=None)
    assert codes(key, UsageProfile()) == ({Code.NEVER_USED} if found else set())
