"""The impact of other settings."""

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from apikeys.keys.validation import KeySettings, grants_nothing_new
from apikeys.models import AddressRule, ApiKey
from apikeys.permissions import Permission
from apikeys.review.findings import Code, Finding, Fix, Level
from apikeys.review.impact import Impact, allows, calculate
from apikeys.review.least_privilege import narrow_list, settings_after
from apikeys.review.usage_profile import UsageProfile
from tests.support.factories import BOTH, READ, TRADING
from tests.support.sound_key import (
    DAY,
    called,
    key_of,
    used_on,
)


def finding_of(key: ApiKey, profile: UsageProfile) -> Finding:
    """Return a finding of a key that can be locked to where it was used."""
    return Finding(key, Code.ANY_ADDRESS, Level.HIGH, "", narrow_list=narrow_list(key, profile), profile=profile)


def test_impact_counts_requests_that_would_be_rejected() -> None:
    key = key_of(address_rule=AddressRule.ANY, networks="")
    profile = UsageProfile((called(4810, required="read"), called(2), called(7, outcome="key_paused")))
    wanted = settings_after(Fix.READ_ONLY, finding_of(key, profile))
    assert wanted
    assert str(calculate(profile.calls, wanted)) == "2 of 4,812 requests in 30 days would have been blocked."


def test_key_without_requests_has_none_to_reject() -> None:
    assert str(Impact(0, 0)) == "No requests in the last 30 days, so nothing would have been blocked."


def test_requests_that_need_no_permission_are_never_rejected() -> None:
    assert (
        calculate((called(required="any_key"),), replace(KeySettings.of(key_of()), permissions=frozenset())).rejected
        == 0
    )


addresses = st.one_of(st.ip_addresses().map(str), st.sampled_from(["203.0.113.9", "10.1.2.3", "10.1.2.4"]))


lists = st.sampled_from(
    ["", "10.0.0.0/8", "10.0.0.0/8,203.0.113.9", "203.0.113.128/25,198.0.0.0/8", "2001::/16,10.1.2.3"]
)


@given(st.lists(addresses, min_size=1, max_size=8), lists, st.sampled_from([READ, TRADING, BOTH]))
def test_no_fix_adds_access_and_a_lock_rejects_none_of_its_requests(
    found: list[str], now: str, permissions: frozenset[Permission]
) -> None:
    """Addresses outside the allowlist were allowed when the key used them."""
    key = key_of(
        address_rule=AddressRule.LIST if now else AddressRule.ANY,
        networks=now,
        can_read=Permission.READ in permissions,
        can_trade=Permission.TRADING in permissions,
    )
    profile = UsageProfile(tuple(called(address=address, required="any_key") for address in found))
    finding = finding_of(key, profile)
    for fix in Fix:
        wanted = settings_after(fix, finding)
        assert wanted is None or grants_nothing_new(KeySettings.of(key), wanted)
    if locked := settings_after(Fix.LOCK, finding):
        allowed = [calls for calls in profile.calls if allows(KeySettings.of(key), calls)]
        assert calculate(allowed, locked).rejected == 0


def test_impact_is_worded_without_a_database() -> None:
    assert used_on(3, last=DAY).active_days == {date(2026, 11, 19), date(2026, 11, 20), date(2026, 11, 21)}
