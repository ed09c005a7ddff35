"""The risk “Permission setup”, at its limits."""

from dataclasses import replace
from datetime import timedelta

import pytest

from apikeys.models import Purpose
from apikeys.review.findings import Code, Fix, Level
from apikeys.review.usage_profile import UsageProfile
from tests.support.sound_key import DAY, NOW, SECOND, called, codes, find, key_of, only


def test_monitoring_key_that_can_trade_is_found() -> None:
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
def test_unused_trading_permission_is_found(granted: timedelta, accepted: int, traded: int, found: bool) -> None:
    key = key_of(created_at=NOW - granted)
    profile = UsageProfile((called(required="read"),), accepted_since=accepted, traded_since=traded)
    assert codes(key, profile) == ({Code.UNUSED_TRADING} if found else set())


def test_recently_granted_trading_has_fourteen_days() -> None:
    profile = UsageProfile((called(required="read"),), trading_since=NOW - 13 * DAY, accepted_since=50)
    assert codes(key_of(), profile) == set()


@pytest.mark.parametrize(
    ("created", "granted", "said", "since"),
    [
        (60, None, "Has been able to trade since 23 Sep 2026, but never has.", "23 Sep 2026"),
        (100, 60, "Has been able to trade since 23 Sep 2026, but hasn’t since 24 Sep 2026.", "24 Sep 2026"),
        (400, None, "Has been able to trade since 18 Oct 2025, but never has.", "18 Oct 2025"),
        (403, None, "Has been able to trade since 15 Oct 2025, but hasn’t in the last 400 days.", "18 Oct 2025"),
        (900, 450, "Has been able to trade since 29 Aug 2025, but hasn’t in the last 400 days.", "18 Oct 2025"),
    ],
)
def test_finding_says_for_how_long_a_key_did_not_trade(
    created: int, granted: int | None, said: str, since: str
) -> None:
    key = key_of(created_at=NOW - created * DAY)
    profile = UsageProfile((called(required="read"),), accepted_since=61)
    if granted:
        profile = replace(profile, trading_since=NOW - granted * DAY)
    [finding] = [each for each in find(key, profile) if each.code == Code.UNUSED_TRADING]
    assert finding.sentence == said
    assert finding.evidence == (f"61 requests since {since}, none of them for trading.",)


def test_key_without_trading_has_no_finding() -> None:
    assert codes(key_of(can_trade=False), UsageProfile((called(required="read"),), accepted_since=5000)) == set()
