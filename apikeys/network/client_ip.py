"""Addresses of callers: read one, and find whose a call has (no Django)."""

import ipaddress
import re
from collections.abc import Collection, Iterable
from enum import Enum
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
# `ipaddress` alone also takes /024, netmasks, hostmasks and zone ids.
ADDRESS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*")
LONGEST_ADDRESS = 45  # characters: an IPv4-mapped address, written out


def address(text: str) -> Address | None:
    """Read one address, strictly; None for anything else. An IPv4-mapped address is the IPv4 address."""
    return _address(text) if len(text) <= LONGEST_ADDRESS else None


@lru_cache(maxsize=4096)
def _address(text: str) -> Address | None:
    if not ADDRESS.fullmatch(text):
        return None
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    return (isinstance(found, IPv6Address) and found.ipv4_mapped) or found


@lru_cache(maxsize=4096)
def network(text: str) -> Network | None:
    """Read an address, or a network, as usage keeps them: an address is a network of one. None for anything else."""
    if "/" not in text:
        found = address(text)
        return ipaddress.ip_network(found) if found else None
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        return None


def customer_network(text: str) -> str:
    """Write the /24 or /64 around an address: one IPv6 customer has a /64 to call from. Empty for no address."""
    found = address(text)
    return str(ipaddress.ip_network((found, 24 if found.version == 4 else 64), strict=False)) if found else ""


@lru_cache(maxsize=4096)
def written(address: Address) -> str:
    return str(address)


def is_in(caller: Address | None, networks: Iterable[Network]) -> bool:
    return caller is not None and any(caller in network for network in networks)


class UnixSocket(Enum):
    """Who comes through a Unix socket, which has no address. Its value is the word for it in TRUSTED_PROXIES."""

    UNIX = "unix"


UNIX = UnixSocket.UNIX
Peer = Address | UnixSocket
Proxy = Network | UnixSocket

# What proxies write beside addresses: quotes, brackets, a port. Eight groups and a port are no address, so they can be
# told apart; after an address that is shortened with ::, a port without brackets cannot. Zones are refused: they mean
# something on one machine only.
_PORT = "(?::[0-9]{1,5})?"
_DECORATED = re.compile(
    rf"\[(?P<bracketed>[0-9A-Fa-f:.]+)\]{_PORT}"
    rf"|(?P<four>[0-9.]+){_PORT}"
    rf"|(?P<eight>(?:[0-9A-Fa-f]{{1,4}}:){{7}}[0-9A-Fa-f]{{1,4}}):[0-9]{{1,5}}"
    rf"|(?P<six>[0-9A-Fa-f:.]+)"
)
LONGEST_HOP = 120  # characters


def hop(text: str) -> Address | None:
    """Read an address as proxies write it, such as `203.0.113.7:51234` or `"[2001:db8::7]:443"`."""
    if found := address(text):
        return found
    bare = text.strip(' \t"')
    if len(bare) > LONGEST_HOP or not (match := _DECORATED.fullmatch(bare)):
        return None
    return address(match[match.lastgroup or 0])


@lru_cache(maxsize=4096)
def peer(remote_addr: str) -> Peer | None:
    """Read REMOTE_ADDR, a short text from the server. gunicorn leaves it empty for who comes through a Unix socket."""
    return hop(remote_addr) if remote_addr else UNIX


def is_trusted(peer: Peer | None, proxies: Iterable[Proxy]) -> bool:
    if peer is None:
        return False
    return any(peer is UNIX if proxy is UNIX else peer is not UNIX and peer in proxy for proxy in proxies)


def caller_address(peer: Peer | None, forwarded_for: str, proxies: Collection[Proxy]) -> Address | None:
    """Find who called: the peer or, behind trusted proxies, the first untrusted hop of X-Forwarded-For from the right.

    What is left of that hop was written by the caller and means nothing. None where a hop cannot be read, and where
    trusted proxies are all there is: one that forwards nobody's address does not lend the caller its own.
    """
    caller = peer
    if proxies:  # else all of them would be asked, on every request
        hops = forwarded_for.split(",") if forwarded_for else []
        while is_trusted(caller, proxies):
            if not hops:
                return None
            caller = hop(hops.pop())
    return None if caller is UNIX else caller


# Networks whose addresses no request from the internet has: this machine, private ones, and those of a link.
INTERNAL = tuple(
    ipaddress.ip_network(text)
    for text in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "::1/128",
        "fc00::/7",
        "fe80::/10",
    )
)


def home_of(caller: Address) -> str:
    """What to allow for a caller to be let in again: its address, or in IPv6 its /64, within which it changes daily."""
    return str(caller) if caller.version == 4 else str(ipaddress.ip_network((caller, 64), strict=False))
