import contextlib
import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apikeys.network import addresses, ip_allowlist
from apikeys.network.ip_allowlist import InvalidNetworks


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("203.0.113.7, 198.51.100.1", "203.0.113.7,198.51.100.1"),
        ("203.0.113.7\n198.51.100.1\r\n", "203.0.113.7,198.51.100.1"),
        ("203.0.113.7;198.51.100.1", "203.0.113.7,198.51.100.1"),
        (" ,203.0.113.7 ,, 203.0.113.7", "203.0.113.7"),
        ("203.0.113.7/32", "203.0.113.7"),
        ("203.0.113.0/24", "203.0.113.0/24"),
        ("2001:DB8::/32", "2001:db8::/32"),
        ("2001:0DB8:0:0:0:0:0:7", "2001:db8::7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.0/120", "203.0.113.0/24"),
    ],
)
def test_list_is_normalised(text: str, stored: str) -> None:
    assert ip_allowlist.normalise(text) == stored


@pytest.mark.parametrize(
    "text",
    [
        "203.0.113.256",
        "203.0.113",
        "203.0.113.07",
        "3405803783",
        "203.0.113.7/33",
        "203.0.113.7/024",
        "2001:db8::/129",
        "2001:db8::7::1",
        "203.0.113.7:443",
        "[2001:db8::7]:443",
        "http://203.0.113.7",
        "example.com",
        "localhost",
        "203.0.113.9-203.0.113.1",
        "203.0.113.1-2001:db8::1",
        "203.0.113.1-",
        "0.0.0.0-255.255.255.255",
        "0.0.0.0",
        "::",
        "fe80::1%eth0",
        "203.0.113.7,not-an-ip",
        "٢٠٣.0.113.7",
        "203.0.113.7\0",
        "::ffff:0:0/96",
        "::/0",
        "0.0.0.0/1, 128.0.0.0/1",
        "::/1 8000::/1",
        "",
        " ,,\n, ",
        "1.1.1.1 " * 5000,
    ],
)
def test_invalid_list_is_rejected_as_a_whole(text: str) -> None:
    with pytest.raises(InvalidNetworks):
        ip_allowlist.parse(text)


@pytest.mark.parametrize("text", ["*", "203.0.113.*", "0.0.0.0/0", "0.0.0.0/1,128.0.0.0/1"])
def test_list_of_everything_points_to_any_address(text: str) -> None:
    with pytest.raises(InvalidNetworks, match="Any address"):
        ip_allowlist.parse(text)


@pytest.mark.parametrize("text", ["203.0.113.7/24", "203.0.113.0/255.255.255.0"])
def test_unusual_notation_of_a_network_is_corrected(text: str) -> None:
    with pytest.raises(InvalidNetworks, match=r"203\.0\.113\.0/24"):
        ip_allowlist.parse(text)


def test_every_invalid_entry_is_named() -> None:
    with pytest.raises(InvalidNetworks) as caught:
        ip_allowlist.parse("one, 203.0.113.7, two")
    assert [problem.split("”")[0] for problem in caught.value.problems] == ["“one", "“two", ip_allowlist.EXAMPLE]


def test_list_has_at_most_a_hundred_entries() -> None:
    with pytest.raises(InvalidNetworks, match="at most 100"):
        ip_allowlist.parse(",".join(f"203.0.113.{n}" for n in range(101)))


@pytest.mark.parametrize(
    ("stored", "address", "allowed"),
    [
        ("203.0.113.7", "203.0.113.7", True),
        ("203.0.113.7", "203.0.113.8", False),
        ("203.0.113.7", "203.0.113.77", False),
        ("203.0.113.0/24", "203.0.113.0", True),
        ("203.0.113.0/24", "203.0.113.255", True),
        ("203.0.113.0/24", "203.0.114.0", False),
        ("198.51.100.1,203.0.113.7", "203.0.113.7", True),
        ("2001:db8::7", "2001:0DB8:0:0:0:0:0:7", True),
        ("2001:db8::/32", "2001:db8:ffff::1", True),
        ("2001:db8::/32", "2001:db9::1", False),
        ("203.0.113.7", "::ffff:203.0.113.7", True),
        ("203.0.113.7", "::ffff:203.0.113.8", False),
        ("203.0.113.7", "2002:cb00:7107::1", False),  # 6to4 stays IPv6
        ("203.0.113.7", "64:ff9b::cb00:7107", False),  # and NAT64
        ("damaged", "203.0.113.7", False),
        ("", "203.0.113.7", False),
        ("203.0.113.7", "unknown", False),
    ],
)
def test_stored_list_admits_its_addresses(stored: str, address: str, allowed: bool) -> None:
    assert ip_allowlist.allows(stored, addresses.read(address)) == allowed


@given(st.ip_addresses(), st.integers(1, 32))
def test_network_agrees_with_the_standard_library(address: addresses.Address, prefix: int) -> None:
    network = ipaddress.ip_network((address, prefix), strict=False)
    other = ipaddress.ip_address(int(network.network_address) - 1) if int(network.network_address) > 2**32 else None
    unmapped = addresses.read(str(address))
    assert ip_allowlist.allows(str(network), unmapped) == (unmapped in network)
    assert other is None or not ip_allowlist.allows(str(network), other)


@pytest.mark.parametrize(
    ("wide", "narrow", "covered"),
    [
        ("203.0.113.0/24", "203.0.113.7", True),
        ("203.0.113.7", "203.0.113.0/24", False),
        ("203.0.113.0/25,203.0.113.128/25", "203.0.113.0/24", True),
        ("203.0.113.7", "2001:db8::7", False),
        ("203.0.113.7,2001:db8::/32", "2001:db8::7", True),
    ],
)
def test_list_covers_another(wide: str, narrow: str, covered: bool) -> None:
    assert ip_allowlist.covers(wide, narrow) == covered


ALMOST = st.text("0123456789abcdefABCDEF:.,/%[] \n*x\0٣", max_size=60)


@given(ALMOST | st.text(max_size=60))
def test_any_list_is_normalised_or_rejected(text: str) -> None:
    with contextlib.suppress(InvalidNetworks):
        stored = ip_allowlist.normalise(text)
        assert stored
        assert ip_allowlist.normalise(stored) == stored


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ("10.1.2.0/24,45.9.148.0/24", "10.0.0.0/8", "10.1.2.0/24"),
        ("10.0.0.0/8", "10.1.2.0/24,45.9.148.0/24", "10.1.2.0/24"),
        ("203.0.113.7", "203.0.113.0/24,203.0.113.7", "203.0.113.7"),
        ("10.0.0.0/8", "11.0.0.0/8", ""),
        ("::/1", "10.0.0.0/8", ""),
        ("2001:db8::/32,10.0.0.0/8", "2001:db8::7,10.1.0.0/16", "2001:db8::7,10.1.0.0/16"),
        ("", "10.0.0.0/8", ""),
    ],
)
def test_intersection_has_the_addresses_of_both_lists(one: str, other: str, both: str) -> None:
    assert ip_allowlist.intersection(one, other) == both
