"""The risk “IP restriction”, at its limits."""

import pytest

from apikeys.models import AddressRule
from apikeys.review.findings import Code, Fix, Level
from apikeys.review.least_privilege import narrow_list
from apikeys.review.usage_profile import UsageProfile
from tests.support.sound_key import called, codes, key_of, only


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
def test_wide_network_is_found(entry: str, found: bool) -> None:
    assert codes(key_of(networks=entry)) == ({Code.WIDE_NETWORK} if found else set())


def test_finding_gives_the_size_of_a_wide_network() -> None:
    assert only(key_of(networks="10.0.0.0/8")).evidence[0] == "10.0.0.0/8 has 16,777,216 IP addresses."


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
def test_lock_lists_the_networks_in_use(networks_now: str, addresses: list[str], locked: str) -> None:
    rule = AddressRule.LIST if networks_now else AddressRule.ANY
    profile = UsageProfile(tuple(called(address=address) for address in addresses))
    assert narrow_list(key_of(address_rule=rule, networks=networks_now), profile) == locked


def test_rejected_requests_do_not_count_as_usage() -> None:
    profile = UsageProfile((called(), called(address="198.51.100.66", outcome="key_paused")))
    assert narrow_list(key_of(address_rule=AddressRule.ANY, networks=""), profile) == "203.0.113.0/24"


def test_lock_is_offered_only_if_possible() -> None:
    unused = key_of(address_rule=AddressRule.ANY, networks="")
    assert (only(unused).fixes, only(unused, UsageProfile()).fixes) == ((Fix.LOCK, Fix.EDIT), (Fix.EDIT,))


# The key was used from here before it was narrowed, to keep this client out.
NARROWED = [
    ("10.0.0.0/8", ["10.1.2.3", "45.9.148.7"], "10.1.2.0/24"),
    ("10.0.0.0/8", ["45.9.148.7"], ""),
    ("10.0.0.0/8,203.0.113.9", ["10.1.2.3", "203.0.113.9", "203.0.113.10"], "203.0.113.9,10.1.2.0/24"),
    ("10.0.0.0/8,203.0.113.9", ["203.0.113.9", "45.9.148.7"], "203.0.113.9"),
    ("2001:d00::/24", ["2001:db8:1::5", "2001:dead::5"], "2001:db8:1::/48"),
    ("2001:d00::/24", ["10.1.2.3"], ""),
    ("10.0.0.0/8", ["10.1.2.3", *(f"45.9.{n}.7" for n in range(9))], "10.1.2.0/24"),
    (",".join(["10.0.0.0/8", *(f"192.0.2.{n}" for n in range(99))]), ["10.1.2.3", "10.2.2.3"], ""),
]


@pytest.mark.parametrize(("now", "used", "locked"), NARROWED)
def test_lock_never_adds_access(now: str, used: list[str], locked: str) -> None:
    profile = UsageProfile(tuple(called(address=address) for address in used))
    assert narrow_list(key_of(networks=now), profile) == locked
