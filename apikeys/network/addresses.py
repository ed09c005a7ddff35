"""IP addresses and networks, read strictly from text (no Django)."""

import ipaddress
import re
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
# `ipaddress` alone also takes /024, netmasks, hostmasks and zone ids.
ADDRESS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*")
LONGEST_ADDRESS = 45  # characters: an IPv4-mapped address, written out

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


def read(text: str) -> Address | None:
    """Read one address, strictly; None for anything else. An IPv4-mapped address is the IPv4 address."""
    return _read(text) if len(text) <= LONGEST_ADDRESS else None


@lru_cache(maxsize=4096)
def _read(text: str) -> Address | None:
    if not ADDRESS.fullmatch(text):
        return None
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    return (isinstance(found, IPv6Address) and found.ipv4_mapped) or found


@lru_cache(maxsize=4096)
def read_network(text: str) -> Network | None:
    """Read an IP address or a network, as usage stores them. An address is a network of one. None for anything else."""
    if "/" not in text:
        found = read(text)
        return ipaddress.ip_network(found) if found else None
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        return None


def network_around(address: Address, *, ipv4: int, ipv6: int) -> Network:
    """Return the network of this prefix that an address is in."""
    return ipaddress.ip_network((address, ipv4 if address.version == 4 else ipv6), strict=False)


def is_in(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks)
