"""The risk “Key usage”, at its limits."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apikeys.review.findings import Code, Fix
from apikeys.review.fixes import programs_of
from apikeys.review.rules import shared_key
from apikeys.review.usage_profile import UsageProfile
from tests.support.sound_key import BOT, OFFICE, active, called, codes, key_of, only


@pytest.mark.parametrize(
    ("profile", "found"),
    [
        (active("+++"), True),
        (active("++"), False),
        (active("B+B+B+B"), True),  # another program now and then
        (active("B+B+B"), False),
        (active("+-+-+"), True),  # two jobs at the same times
        (active("BBB+OOO"), False),  # a failover
        (active("B+O+B+O+B"), False),  # repeated failovers
        (active("BBBOOOBBBOOO"), False),
        (active("BBBBBB"), False),
        (active("B+" + "B" * 70 + "+" + "B" * 71 + "+B"), True),  # 23:50 hours from the first to the last
        (active("B+" + "B" * 71 + "+" + "B" * 71 + "+B"), False),  # 24 hours
        (active("+++", every=144), False),
        (UsageProfile(), False),
    ],
)
def test_use_from_two_networks_at_once_is_found(profile: UsageProfile, found: bool) -> None:
    assert codes(key_of(), profile) == ({Code.SHARED} if found else set())


def test_finding_lists_the_programs_of_each_network() -> None:
    assert only(key_of(), active("+++")).evidence == (f"{BOT}: grid/1.2", f"{OFFICE}: dashboard/3")


def used_at_once(*calls: tuple[str, str]) -> UsageProfile:
    """Return a usage profile of programs, each at its own address, that are repeatedly active at the same time."""
    made = tuple(called(address=address, client=client) for address, client in calls)
    return UsageProfile(made, active_networks={number: frozenset(each.network for each in made) for number in range(6)})


@pytest.mark.parametrize(
    ("calls", "programs"),
    [
        ([("198.51.100.7", "grid/1.2"), ("203.0.113.9", "dashboard/3")], ["dashboard", "grid"]),
        ([("198.51.100.7", "grid/1.2"), ("203.0.113.9", "grid/1.3")], None),
        ([("198.51.100.7", "grid/1.2"), ("203.0.113.9", "grid/1.2"), ("203.0.113.9", "ccxt/4")], ["ccxt", "grid"]),
        ([("198.51.100.7", ""), ("203.0.113.9", "")], None),
        ([("198.51.100.7", ""), ("203.0.113.9", "grid/1")], ["an unnamed program", "grid"]),
        ([("198.51.100.7", ""), ("198.51.100.7", "grid/1"), ("203.0.113.9", "grid/1")], None),
        ([(f"10.0.{number}.1", "cloud/1") for number in range(40)], None),
        ([(f"10.0.{number}.1", f"job-{number}/1") for number in range(11)], None),
        ([(f"10.0.{number}.1", f"job-{number}/1") for number in range(10)], sorted(f"job-{n}" for n in range(10))),
    ],
    ids=["two", "versions", "two in one place", "unnamed", "one unnamed", "past the limit", "networks", "many", "ten"],
)
def test_key_is_split_by_program(calls: list[tuple[str, str]], programs: list[str] | None) -> None:
    finding = only(key_of(), used_at_once(*calls))
    assert finding.fixes == ((Fix.SPLIT, Fix.PAUSE) if programs else (Fix.PAUSE,))
    assert programs is None or [program.name for program in programs_of(finding)] == programs


def test_program_lists_its_networks() -> None:
    calls = [(f"10.0.{number}.1", "cloud/1") for number in range(7)]
    programs = programs_of(only(key_of(), used_at_once(*calls, ("203.0.113.9", "grid/1"))))
    assert str(programs[0]).startswith("cloud, used from 10.0.0.0/24, 10.0.1.0/24, ")
    assert str(programs[0]).endswith("10.0.5.0/24 and 1 more")
    assert str(programs[1]) == "grid, used from 203.0.113.0/24"


def test_program_in_another_network_is_not_part_of_the_split() -> None:
    profile = used_at_once(("198.51.100.7", "grid/1"), ("203.0.113.9", "dashboard/3"))
    alone = replace(profile, calls=(*profile.calls, called(address="192.0.2.7", client="cron/1")))
    assert [program.name for program in programs_of(only(key_of(), alone))] == ["dashboard", "grid"]


def test_office_behind_one_address_is_one_client() -> None:
    active_networks = {number: frozenset({OFFICE}) for number in range(100)}
    many = tuple(called(client=f"python-requests/2.{number}") for number in range(20))
    assert codes(key_of(), UsageProfile(many, active_networks=active_networks)) == set()


@settings(deadline=None)
@given(st.lists(st.sampled_from("BO"), max_size=60))
def test_one_network_at_a_time_is_not_sharing(tens: list[str]) -> None:
    assert shared_key.overlaps(active(*tens)) == {}


@settings(deadline=None)
@given(st.lists(st.booleans(), min_size=2, max_size=60))
def test_takeover_is_not_sharing(takes_over: list[bool]) -> None:
    """At each takeover, both networks are active in the same ten minutes."""
    here, tens = "B", "B"
    for changes in takes_over:
        if changes:
            other = "O" if here == "B" else "B"
            tens, here = f"{tens}+{other}", other
        else:
            tens += here
    assert shared_key.overlaps(active(tens)) == {}
