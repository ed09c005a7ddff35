"""Which rules apply to a key."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from apikeys.models import AddressRule, Purpose
from apikeys.review.findings import Code
from tests.support.sound_key import (
    DAY,
    HOUR,
    LEAKED,
    NOW,
    SECOND,
    active,
    codes,
    key_of,
)


def test_sound_key_has_no_findings() -> None:
    assert codes(key_of()) == set()


RISKY = {
    "purpose": Purpose.MONITORING,
    "address_rule": AddressRule.ANY,
    "networks": "",
    "last_login": NOW - 60 * DAY,
}


@pytest.mark.parametrize(("age", "found"), [(DAY - SECOND, False), (DAY, True)])
def test_key_on_its_first_day_has_only_findings_about_settings(age: timedelta, found: bool) -> None:
    key = key_of(**RISKY, created_at=NOW - age)
    settings = {Code.MONITORING_TRADES, Code.ANY_ADDRESS}
    assert codes(key, active("+++")) == (settings | {Code.SHARED, Code.OWNER_AWAY} if found else settings)


def test_leak_is_found_on_the_first_day() -> None:
    assert codes(key_of(created_at=NOW - HOUR), LEAKED) == {Code.LEAKED}


@pytest.mark.parametrize("changes", [{"paused_at": NOW}, {"expires_at": NOW}, {"replaced_at": NOW}])
def test_unusable_key_has_only_findings_about_its_secret(changes: dict[str, Any]) -> None:
    profile = replace(active("+++"), leaks=LEAKED.leaks)
    assert codes(key_of(**RISKY | changes), profile) == {Code.LEAKED}
