"""Replay before you tighten."""

from dataclasses import replace
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from apikeys.keys.validation import KeySettings, grants_nothing_new
from apikeys.models import AddressRule
from apikeys.network import client_ip, ip_allowlist
from apikeys.review.findings import Fix
from apikeys.review.impact import Replay, replay
from apikeys.review.least_privilege import settings_after
from apikeys.review.usage_profile import Habits
from tests.support.sound_key import (
    DAY,
    called,
    key_of,
    used_on,
)


def test_a_replay_counts_what_would_have_been_refused() -> None:
    key = key_of(address_rule=AddressRule.ANY, networks="")
    habits = Habits((called(4810, need="read"), called(2), called(7, outcome="key_paused")))
    wanted = settings_after(Fix.READ_ONLY, key, habits)
    assert wanted
    assert str(replay(habits.calls, wanted)) == "2 of 4,812 calls in 30 days would have been refused."


def test_a_key_without_calls_has_none_to_refuse() -> None:
    assert str(Replay(0, 0)) == "It made no calls in 30 days, so none would have been refused."


def test_calls_that_any_key_may_make_are_never_refused() -> None:
    assert replay((called(need="any_key"),), replace(KeySettings.of(key_of()), permissions=frozenset())).refused == 0


addresses = st.one_of(st.ip_addresses().map(str), st.sampled_from(["203.0.113.9", "10.1.2.3", "10.1.2.4"]))


@settings(deadline=None)
@given(st.lists(addresses, min_size=1, max_size=8), st.sampled_from(["", "10.0.0.0/8", "10.0.0.0/8,203.0.113.9"]))
def test_a_lock_never_widens_and_never_refuses_what_it_was_made_from(found: list[str], now: str) -> None:
    key = key_of(address_rule=AddressRule.LIST if now else AddressRule.ANY, networks=now)
    used = [address for address in found if not now or ip_allowlist.allows(now, client_ip.address(address))]
    habits = Habits(tuple(called(address=address) for address in used))
    wanted = settings_after(Fix.LOCK, key, habits)
    assert wanted is None or (
        grants_nothing_new(KeySettings.of(key), wanted) and replay(habits.calls, wanted).refused == 0
    )


def test_days_are_told_without_a_database() -> None:
    assert used_on(3, last=DAY).active_days == {date(2026, 11, 19), date(2026, 11, 20), date(2026, 11, 21)}
