"""Whose address a request has, behind proxies and without them."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apikeys.network import client_ip
from apikeys.network.client_ip import UNIX

PROXIES = [ipaddress.ip_network(text) for text in ("127.0.0.1/32", "10.200.0.0/16")]


def caller(peer: str, forwarded: str, *, unix: bool = False) -> str | None:
    found = client_ip.caller_address(client_ip.peer(peer), forwarded, [*PROXIES, UNIX] if unix else PROXIES)
    return str(found) if found else None


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
def test_the_caller_is_the_first_untrusted_hop_from_the_right(peer: str, forwarded: str, found: str | None) -> None:
    assert caller(peer, forwarded) == found


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
        ("2001:db8::7:51234", None),  # a port, or a fifth digit of a group
        ("unknown", None),
        ("-", None),
        ("_hidden", None),
        ("proxy.example:443", None),
        ("203.0.113.7/32", None),
        ("1" * 5000, None),
    ],
)
def test_addresses_are_read_in_every_form_that_proxies_write(written: str, read: str | None) -> None:
    assert caller("127.0.0.1", written) == read
    assert caller("127.0.0.1", f"198.51.100.1, {written}, 10.200.0.5:443") == read


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
def test_a_proxy_at_a_unix_socket_is_believed_where_the_word_unix_is_among_the_proxies(
    forwarded: str, unix: bool, found: str | None
) -> None:
    assert caller("", forwarded, unix=unix) == found


def test_the_word_unix_makes_no_address_trusted() -> None:
    trusted = [UNIX]
    assert client_ip.caller_address(client_ip.peer("127.0.0.1"), "203.0.113.7", trusted) == client_ip.peer("127.0.0.1")


ALMOST = st.text('0123456789abcdefABCDEF:.,/%[]" \n*x\0٣', max_size=60)


@given(ALMOST, ALMOST)
def test_whatever_a_proxy_forwards_is_a_caller_or_nobody(peer: str, forwarded: str) -> None:
    for first in (peer, "127.0.0.1"):
        found = client_ip.caller_address(client_ip.peer(first), forwarded, [*PROXIES, UNIX])
        assert found is None or not getattr(found, "scope_id", None)


@given(st.ip_addresses(), st.integers(0, 65535))
def test_an_address_in_brackets_with_a_port_is_that_address(address: client_ip.Address, port: int) -> None:
    written = f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"
    assert client_ip.hop(written) == client_ip.address(str(address))
