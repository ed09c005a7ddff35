"""A request's IP address, behind proxies and without them."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apikeys.network import addresses, client_ip
from apikeys.network.addresses import Address
from apikeys.network.client_ip import UNIX, UNKNOWN

PROXIES = [ipaddress.ip_network(text) for text in ("127.0.0.1/32", "10.200.0.0/16")]


def client(peer: str, forwarded: str, *, unix: bool = False) -> str | None:
    found = client_ip.find(client_ip.read_peer(peer), forwarded, [*PROXIES, UNIX] if unix else PROXIES)
    return str(found) or None


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        ("127.9.8.7", "", "127.9.8.7"),
        ("127.9.8.7", "203.0.113.7", "127.9.8.7"),
        ("127.9.8.7", "203.0.113.7, 127.0.0.1", "127.9.8.7"),
        ("127.0.0.1", "", None),
        ("127.0.0.1", "127.0.0.1", None),
        ("127.0.0.1", "10.200.0.5, 127.0.0.1", None),
        ("127.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "203.0.113.7, 198.51.100.66", "198.51.100.66"),
        ("127.0.0.1", "203.0.113.7,198.51.100.66", "198.51.100.66"),
        ("127.0.0.1", "203.0.113.7, 10.200.0.5", "203.0.113.7"),
        ("127.0.0.1", "203.0.113.7:51234, 10.200.0.5:443", "203.0.113.7"),
        ("127.0.0.1", "203.0.113.7, [::ffff:10.200.0.5]:443", "203.0.113.7"),
        ("127.0.0.1", "203.0.113.7, ", None),
        ("127.0.0.1", "203.0.113.7, , 10.200.0.5", None),
        ("127.0.0.1", "evil, 203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "203.0.113.7, unknown", None),
        ("127.0.0.1", "203.0.113.7, unknown, 10.200.0.5", None),
        ("127.0.0.1", ",", None),
        ("127.0.0.1", "::ffff:203.0.113.7", "203.0.113.7"),
        ("", "203.0.113.7", None),
        ("unknown", "203.0.113.7", None),
        ("fe80::1%eth0", "203.0.113.7", None),
    ],
)
def test_client_is_the_first_untrusted_hop_from_the_right(peer: str, forwarded: str, found: str | None) -> None:
    assert client(peer, forwarded) == found


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("203.0.113.7:51234", "203.0.113.7"),
        ("203.0.113.7:1", "203.0.113.7"),
        ("[203.0.113.7]:443", "203.0.113.7"),
        ("[2001:db8::7]:443", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("[2001:DB8::7]:51234", "2001:db8::7"),
        ('"[2001:db8::7]:443"', "2001:db8::7"),
        ('"203.0.113.7"', "203.0.113.7"),
        ("[::ffff:203.0.113.7]:443", "203.0.113.7"),
        ("2001:db8:0:0:0:0:0:7:51234", "2001:db8::7"),
        ("\t203.0.113.7:51234 ", "203.0.113.7"),
        ("203.0.113.7:", None),
        ("203.0.113.7%eth0", None),
        ("[fe80::1%eth0]:443", None),
        ("fe80::1%eth0", None),
        ("203.0.113.7:514321", None),
        ("203.0.113.7:443:443", None),
        ("203.0.113.7:http", None),
        ("203.0.113.777:443", None),
        ("[2001:db8::7", None),
        ("2001:db8::7]", None),
        ("[]:443", None),
        ("[2001:db8::7]443", None),
        ("2001:db8::7:51234", None),  # a port, or a group with five digits
        ("unknown", None),
        ("-", None),
        ("_hidden", None),
        ("proxy.example:443", None),
        ("203.0.113.7/32", None),
        ("1" * 5000, None),
    ],
)
def test_addresses_are_read_in_every_form_that_proxies_write(written: str, read: str | None) -> None:
    assert client("127.0.0.1", written) == read
    assert client("127.0.0.1", f"198.51.100.1, {written}, 10.200.0.5:443") == read


@pytest.mark.parametrize(
    ("forwarded", "unix", "found"),
    [
        ("203.0.113.7", True, "203.0.113.7"),
        ("198.51.100.1, 203.0.113.7", True, "203.0.113.7"),
        ("203.0.113.7, 10.200.0.5", True, "203.0.113.7"),
        ("", True, None),
        ("unknown", True, None),
        ("unix", True, None),
        ("203.0.113.7", False, None),
        ("", False, None),
    ],
)
def test_proxy_at_a_unix_socket_is_trusted_if_unix_is_listed(forwarded: str, unix: bool, found: str | None) -> None:
    assert client("", forwarded, unix=unix) == found


def test_unix_makes_no_address_trusted() -> None:
    assert str(client_ip.find(client_ip.read_peer("127.0.0.1"), "203.0.113.7", [UNIX])) == "127.0.0.1"


ALMOST = st.text('0123456789abcdefABCDEF:.,/%[]" \n*x\0٣', max_size=60)


@given(ALMOST, ALMOST)
def test_any_forwarded_value_is_a_client_or_unknown(peer: str, forwarded: str) -> None:
    for first in (peer, "127.0.0.1"):
        found = client_ip.find(client_ip.read_peer(first), forwarded, [*PROXIES, UNIX])
        assert bool(found) == bool(str(found))
        assert not getattr(found.address, "scope_id", None)


@given(st.ip_addresses(), st.integers(0, 65535))
def test_bracketed_address_with_a_port_is_read(address: Address, port: int) -> None:
    written = f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"
    assert client_ip.read_hop(written) == addresses.read(str(address))


# -- What a client's address is counted by ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown", "bucket", "home", "network"),
    [
        ("203.0.113.7", "203.0.113.7", "203.0.113.7", "203.0.113.7", "203.0.113.0/24"),
        ("::ffff:203.0.113.7", "203.0.113.7", "203.0.113.7", "203.0.113.7", "203.0.113.0/24"),
        ("2001:db8:1:2::7", "2001:db8:1:2::7", str(0x20010DB800010002), "2001:db8:1:2::/64", "2001:db8:1:2::/64"),
        ("", "", "", "", ""),
        ("unknown", "", "", "", ""),
    ],
)
def test_address_has_a_bucket_and_networks(text: str, shown: str, bucket: str, home: str, network: str) -> None:
    found = client_ip.read(text)
    assert (str(found), found.bucket, found.home, found.customer_network) == (shown, bucket, home, network)
    assert bool(found) == bool(shown)


def test_there_is_one_unknown_client() -> None:
    assert client_ip.read("unknown") == UNKNOWN
    assert not UNKNOWN


@given(st.ip_addresses(v=6), st.integers(0, 2**64 - 1))
def test_addresses_in_one_64_share_a_bucket(address: Address, other: int) -> None:
    neighbour = type(address)(int(address) >> 64 << 64 | other)
    if not (getattr(address, "ipv4_mapped", None) or getattr(neighbour, "ipv4_mapped", None)):
        assert client_ip.known(address).bucket == client_ip.known(neighbour).bucket
