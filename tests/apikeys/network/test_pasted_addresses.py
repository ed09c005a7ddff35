"""IP allowlists as people paste them: read correctly, or answered with a proposal."""

import contextlib

import pytest

from apikeys.network import ip_allowlist
from apikeys.network.ip_allowlist import InvalidNetworks


@pytest.mark.parametrize(
    ("pasted", "stored"),
    [
        ("203.0.113.7\u200b", "203.0.113.7"),
        ("\ufeff203.0.113.7", "203.0.113.7"),
        ("\u200e203.0.113.7\u200f", "203.0.113.7"),
        ("203.0.\u00ad113.7", "203.0.113.7"),
        ("203.0.113.7\u00a0198.51.100.1", "203.0.113.7,198.51.100.1"),
        ('"203.0.113.7"', "203.0.113.7"),
        ("“203.0.113.7”", "203.0.113.7"),
        ('["203.0.113.7","198.51.100.1"]', "203.0.113.7,198.51.100.1"),
        ('[\n  "203.0.113.7",\n  "2001:db8::/32"\n]', "203.0.113.7,2001:db8::/32"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("(203.0.113.7)", "203.0.113.7"),
        ("203.0.113.7.", "203.0.113.7"),
        ("203.0.113.7 # vps", "203.0.113.7"),
        ("# my hosts\n203.0.113.7 # vps\n198.51.100.1 // office", "203.0.113.7,198.51.100.1"),
        ("2０３.0.113.7", "203.0.113.7"),
        ("203.0.113.7，198.51.100.1", "203.0.113.7,198.51.100.1"),
        ("203.0.113.7-203.0.113.9", "203.0.113.7,203.0.113.8/31"),
        ("203.0.113.7 - 203.0.113.9", "203.0.113.7,203.0.113.8/31"),
        ("203.0.113.7 – 203.0.113.7", "203.0.113.7"),
        ("203.0.113.0-203.0.113.255", "203.0.113.0/24"),
        ("2001:db8::-2001:db8::ffff", "2001:db8::/112"),
    ],
)
def test_pasted_addresses_are_read(pasted: str, stored: str) -> None:
    assert ip_allowlist.normalise(pasted) == stored


@pytest.mark.parametrize(
    ("pasted", "proposed"),
    [
        ("http://203.0.113.7/", "203.0.113.7"),
        ("https://203.0.113.7:8443/v1?x=1#y", "203.0.113.7"),
        ("http://[2001:db8::1]:80/", "2001:db8::1"),
        ("203.0.113.7:8080", "203.0.113.7"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("203.0.113.7/", "203.0.113.7"),
        ("203.0.113.0 255.255.255.0", "203.0.113.0/24"),
        ("203.0.113.0/255.255.255.0", "203.0.113.0/24"),
        ("203.0.113.7 255.255.255.0", "203.0.113.0/24"),
    ],
)
def test_ambiguous_paste_is_proposed(pasted: str, proposed: str) -> None:
    with pytest.raises(InvalidNetworks) as rejection:
        ip_allowlist.parse(pasted)
    [problem] = rejection.value.problems
    assert problem.endswith(f"Did you mean {proposed}?")


def test_adjacent_addresses_are_two() -> None:
    assert ip_allowlist.normalise("203.0.113.7 198.51.100.1") == "203.0.113.7,198.51.100.1"


def test_unspecified_address_points_to_any_address() -> None:
    with pytest.raises(InvalidNetworks, match="Any address"):
        ip_allowlist.parse("0.0.0.0")


@pytest.mark.parametrize(
    "unit", [" ", "-", " - ", "[", '"', ".", "#", "/", "1.1.1.1-", "255.255.255.0 ", "\u200b", "a://"]
)
def test_every_paste_is_read_quickly(unit: str) -> None:
    with contextlib.suppress(InvalidNetworks):
        ip_allowlist.parse((unit * 8000)[: ip_allowlist.LONGEST_TEXT])
