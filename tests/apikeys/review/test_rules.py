"""Each rule at its boundaries, without a database: a key, its habits, the time."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from hypothesis import given, settings
from hypothesis import strategies as st

from apikeys.keys.validation import KeySettings, widens
from apikeys.models import Account, AddressRule, ApiKey, Purpose
from apikeys.network import client_ip, ip_allowlist
from apikeys.review import reviewer
from apikeys.review.findings import Code, Finding, Fix, Level
from apikeys.review.impact import Replay, replay
from apikeys.review.least_privilege import narrow_list, settings_after
from apikeys.review.rules import shared_key
from apikeys.review.usage_profile import Calls, Exposure, Habits

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
SECOND = timedelta(seconds=1)
BOT, OFFICE = "198.51.100.0/24", "203.0.113.0/24"


def key_of(**changes: Any) -> ApiKey:
    """A sound trading key in daily use, locked to one address, reviewed yesterday, unless changed."""
    owner = User(last_login=changes.pop("last_login", NOW - DAY), date_joined=NOW - 300 * DAY)
    sound: dict[str, Any] = {
        "pk": 1,
        "account": Account(user=owner),
        "name": "grid bot",
        "purpose": Purpose.TRADING,
        "can_read": True,
        "can_trade": True,
        "address_rule": AddressRule.LIST,
        "networks": "203.0.113.9",
        "created_at": NOW - 100 * DAY,
        "expires_at": NOW + 90 * DAY,
        "last_used_at": NOW - HOUR,
        "reviewed_at": NOW - DAY,
    }
    return ApiKey(**sound | changes)


def called(times: int = 100, **changes: Any) -> Calls:
    return replace(Calls("203.0.113.9", "ccxt/4.5.64", "trading", "accepted", times, NOW - HOUR), **changes)


SOUND = Habits(calls=(called(), called(need="read")))


def find(key: ApiKey, habits: Habits = SOUND) -> list[Finding]:
    return list(reviewer.review_one(key, habits, NOW))


def codes(key: ApiKey, habits: Habits = SOUND) -> set[Code]:
    return {finding.code for finding in find(key, habits)}


def only(key: ApiKey, habits: Habits = SOUND) -> Finding:
    [finding] = find(key, habits)
    return finding


def test_nothing_is_found_on_a_sound_key() -> None:
    assert codes(key_of()) == set()


# -- Permission setup ----------------------------------------------------------------------------------------------


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


# -- IP restriction ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("can_trade", "level"), [(True, Level.HIGH), (False, Level.MEDIUM)])
def test_any_address_is_worse_with_trading(can_trade: bool, level: Level) -> None:
    found = only(key_of(address_rule=AddressRule.ANY, networks="", can_trade=can_trade))
    assert (found.code, found.level) == (Code.ANY_ADDRESS, level)


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        ("203.0.0.0/16", False),
        ("203.0.0.0/15", True),
        ("203.0.113.9", False),
        ("2001:db8::/32", False),
        ("2001:db8::/31", True),
        ("2001:db8::1", False),
        ("203.0.113.9,2000::/16", True),
    ],
)
def test_a_network_wider_than_anybody_could_know(entry: str, found: bool) -> None:
    assert codes(key_of(networks=entry)) == ({Code.WIDE_NETWORK} if found else set())


def test_a_wide_network_is_said_with_its_size() -> None:
    assert only(key_of(networks="10.0.0.0/8")).evidence[0] == "10.0.0.0/8 has 16,777,216 addresses."


@pytest.mark.parametrize(
    ("networks_now", "addresses", "locked"),
    [
        ("", ["203.0.113.9"], "203.0.113.0/24"),
        ("", ["203.0.113.9", "203.0.113.200"], "203.0.113.0/24"),
        ("", ["203.0.113.9", "2001:db8:1:2::3"], "2001:db8:1::/48,203.0.113.0/24"),
        ("", [f"203.0.{number}.9" for number in range(5)], ",".join(f"203.0.{number}.0/24" for number in range(5))),
        ("", [f"203.0.{number}.9" for number in range(6)], ""),
        ("", [], ""),
        ("", [""], ""),
        ("10.0.0.0/8", ["10.1.2.3"], "10.1.2.0/24"),
        ("10.0.0.0/8,203.0.113.9", ["10.1.2.3", "203.0.113.9"], "203.0.113.9,10.1.2.0/24"),
        ("10.0.0.0/8,203.0.113.9", ["203.0.113.9"], "203.0.113.9"),
    ],
)
def test_what_a_key_would_be_locked_to(networks_now: str, addresses: list[str], locked: str) -> None:
    rule = AddressRule.LIST if networks_now else AddressRule.ANY
    habits = Habits(tuple(called(address=address) for address in addresses))
    assert narrow_list(key_of(address_rule=rule, networks=networks_now), habits) == locked


def test_refused_calls_are_nowhere_it_was_used_from() -> None:
    habits = Habits((called(), called(address="198.51.100.66", outcome="key_paused")))
    assert narrow_list(key_of(address_rule=AddressRule.ANY, networks=""), habits) == "203.0.113.0/24"


def test_locking_is_offered_only_where_it_can_be_done() -> None:
    unused = key_of(address_rule=AddressRule.ANY, networks="")
    assert (only(unused).fixes, only(unused, Habits()).fixes) == ((Fix.LOCK, Fix.EDIT), (Fix.EDIT,))


# -- Expiration handling -------------------------------------------------------------------------------------------


def used_on(days: int, *, last: timedelta) -> Habits:
    first = (NOW - last).date()
    return Habits(active_days=frozenset(first - timedelta(days=number) for number in range(days)))


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
def test_a_key_that_went_quiet(days: int, silence: timedelta, found: bool) -> None:
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
def test_an_idle_key(can_trade: bool, silence: timedelta, found: bool) -> None:
    key = key_of(can_trade=can_trade, last_used_at=NOW - silence)
    assert codes(key, Habits()) == ({Code.IDLE} if found else set())


def test_a_key_that_went_quiet_and_stayed_idle_is_one_finding() -> None:
    assert codes(key_of(last_used_at=NOW - 30 * DAY), used_on(28, last=30 * DAY)) == {Code.IDLE}


@pytest.mark.parametrize(("age", "found"), [(7 * DAY, True), (7 * DAY - SECOND, False)])
def test_a_key_that_was_never_used(age: timedelta, found: bool) -> None:
    key = key_of(created_at=NOW - age, last_used_at=None)
    assert codes(key, Habits()) == ({Code.NEVER_USED} if found else set())


# -- Key usage -----------------------------------------------------------------------------------------------------


def active(*tens: str, every: int = 1) -> Habits:
    """Habits of two networks: `B`, `O`, both or neither (`-`) in each ten minutes, one after the other."""
    networks_of = {"B": {BOT}, "O": {OFFICE}, "+": {BOT, OFFICE}, "-": set()}
    places = {
        1000 + every * number: frozenset(networks_of[letter])
        for number, letter in enumerate("".join(tens))
        if letter != "-"
    }
    clients = (called(address="198.51.100.7", client="grid/1.2"), called(client="dashboard/3"))
    return Habits(clients, places=places)


@pytest.mark.parametrize(
    ("habits", "found"),
    [
        (active("+++"), True),
        (active("++"), False),
        (active("B+B+B+B"), True),  # another one drops in now and then
        (active("B+B+B"), False),
        (active("+-+-+"), True),  # two jobs that run at the same times
        (active("BBB+OOO"), False),  # a failover
        (active("B+O+B+O+B"), False),  # failing over and back, again and again
        (active("BBBOOOBBBOOO"), False),
        (active("BBBBBB"), False),
        (active("B+" + "B" * 70 + "+" + "B" * 71 + "+B"), True),  # 23:50 hours from the first to the last
        (active("B+" + "B" * 71 + "+" + "B" * 71 + "+B"), False),  # 24 hours
        (active("+++", every=144), False),
        (Habits(), False),
    ],
)
def test_two_places_at_the_same_time(habits: Habits, found: bool) -> None:
    assert codes(key_of(), habits) == ({Code.SHARED} if found else set())


def test_sharing_shows_the_programs_of_each_place() -> None:
    assert only(key_of(), active("+++")).evidence == (f"{BOT}: grid/1.2", f"{OFFICE}: dashboard/3")


def test_one_office_behind_one_address_is_one_client() -> None:
    places = {number: frozenset({OFFICE}) for number in range(100)}
    many = tuple(called(client=f"python-requests/2.{number}") for number in range(20))
    assert codes(key_of(), Habits(many, places=places)) == set()


@settings(deadline=None)
@given(st.lists(st.sampled_from("BO"), max_size=60))
def test_one_place_at_a_time_is_never_sharing(tens: list[str]) -> None:
    assert shared_key.overlaps(active(*tens)) == {}


@settings(deadline=None)
@given(st.lists(st.booleans(), min_size=2, max_size=60))
def test_a_takeover_is_never_sharing(takes_over: list[bool]) -> None:
    """However often one network takes the key over from the other: there is a ten minutes in which both are seen."""
    here, tens = "B", "B"
    for changes in takes_over:
        if changes:
            other = "O" if here == "B" else "B"
            tens, here = f"{tens}+{other}", other
        else:
            tens += here
    assert shared_key.overlaps(active(tens)) == {}


# -- Storage practice ----------------------------------------------------------------------------------------------

LEAKED = Habits(exposures=(Exposure(NOW - DAY, "Its secret was sent in a query string."),))


def test_an_exposed_key_is_found_though_it_is_paused() -> None:
    found = only(key_of(paused_at=NOW - DAY), LEAKED)
    assert (found.code, found.fixes) == (Code.EXPOSED, (Fix.REGENERATE, Fix.DELETE))


def test_an_exposed_key_that_is_being_replaced_can_only_be_deleted() -> None:
    assert only(key_of(replaced_at=NOW - HOUR), LEAKED).fixes == (Fix.DELETE,)


@pytest.mark.parametrize(
    ("address", "outcome", "found"),
    [
        ("198.51.100.66", "address_not_allowed", True),
        ("", "address_not_allowed", True),
        ("203.0.113.9", "address_not_allowed", False),  # allowed meanwhile
        ("198.51.100.66", "key_paused", False),
        ("198.51.100.66", "permission_missing", False),
    ],
)
def test_the_right_secret_from_a_refused_address(address: str, outcome: str, found: bool) -> None:
    habits = Habits((called(), called(address=address, outcome=outcome)))
    assert codes(key_of(), habits) == ({Code.USED_ELSEWHERE} if found else set())


def test_a_key_that_any_address_may_use_now_refuses_none() -> None:
    refused = called(address="198.51.100.66", outcome="address_not_allowed")
    assert codes(key_of(address_rule=AddressRule.ANY, networks=""), Habits((refused,))) == {Code.ANY_ADDRESS}


# -- Ongoing management --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("age", "found"), [(180 * DAY, True), (180 * DAY - SECOND, False)])
def test_an_old_secret(age: timedelta, found: bool) -> None:
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
def test_a_key_that_nobody_looked_at(changes: dict[str, Any], found: bool) -> None:
    assert codes(key_of(**changes)) == ({Code.UNREVIEWED} if found else set())


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"last_login": NOW - 60 * DAY}, True),
        ({"last_login": NOW - 60 * DAY + SECOND}, False),
        ({"last_login": None}, True),  # joined 300 days ago, and never came back
        ({"last_login": NOW - 60 * DAY, "can_trade": False}, False),
        ({"last_login": NOW - 60 * DAY, "paused_at": NOW}, False),
    ],
)
def test_an_owner_who_is_away_from_a_trading_key(changes: dict[str, Any], found: bool) -> None:
    assert codes(key_of(**changes)) == ({Code.OWNER_AWAY} if found else set())


# -- Which rules are asked -----------------------------------------------------------------------------------------

RISKY = {
    "purpose": Purpose.MONITORING,
    "address_rule": AddressRule.ANY,
    "networks": "",
    "last_login": NOW - 60 * DAY,
}


@pytest.mark.parametrize(("age", "found"), [(DAY - SECOND, False), (DAY, True)])
def test_in_its_first_day_a_key_is_found_only_by_what_its_settings_say(age: timedelta, found: bool) -> None:
    key = key_of(**RISKY, created_at=NOW - age)
    settings = {Code.MONITORING_TRADES, Code.ANY_ADDRESS}
    assert codes(key, active("+++")) == (settings | {Code.SHARED, Code.OWNER_AWAY} if found else settings)


def test_a_leak_is_found_in_the_first_day_too() -> None:
    assert codes(key_of(created_at=NOW - HOUR), LEAKED) == {Code.EXPOSED}


@pytest.mark.parametrize("changes", [{"paused_at": NOW}, {"expires_at": NOW}, {"replaced_at": NOW}])
def test_a_key_that_can_do_nothing_is_asked_about_its_secret_only(changes: dict[str, Any]) -> None:
    habits = replace(active("+++"), exposures=LEAKED.exposures)
    assert codes(key_of(**RISKY | changes), habits) == {Code.EXPOSED}


# -- Replay before you tighten -------------------------------------------------------------------------------------


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
    assert wanted is None or (not widens(KeySettings.of(key), wanted) and replay(habits.calls, wanted).refused == 0)


def test_days_are_told_without_a_database() -> None:
    assert used_on(3, last=DAY).active_days == {date(2026, 11, 19), date(2026, 11, 20), date(2026, 11, 21)}
