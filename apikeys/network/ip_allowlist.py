"""IP allowlists: what a trader can enter, and whether an IP address is allowed (no Django)."""

import ipaddress
import re
from collections.abc import Collection
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network
from itertools import product

from apikeys.network import addresses, pasted_addresses
from apikeys.network.addresses import ADDRESS, INTERNAL, Address, Network

MOST_NETWORKS = 100
LONGEST_TEXT = 8_000  # 100 of the longest entries, and room for separators

_ENTRY = re.compile(rf"(?P<address>{ADDRESS.pattern})(?:/(?P<prefix>0|[1-9][0-9]{{0,2}}))?")
_NETMASK = re.compile(r"(?P<address>[0-9.]+)/(?P<mask>[0-9]+\.[0-9.]+)")
EXAMPLE = "Examples: 203.0.113.7, 203.0.113.0/24, 2001:db8::/32."
WIDEST_4, WIDEST_6 = 16, 32  # prefixes; a shorter one is too wide


class InvalidNetworks(ValueError):
    """The list isn't valid. `problems` has one sentence for each wrong entry."""

    def __init__(self, *problems: str) -> None:
        self.problems = list(problems)
        super().__init__(" ".join(problems))


def parse(text: str) -> list[Network]:
    """Read a trader's list, separated by commas, spaces, semicolons or new lines; duplicates are merged.

    A range (`203.0.113.7-203.0.113.9`) becomes the networks it consists of. Raises InvalidNetworks when any entry is
    wrong: a list is taken whole or not at all.
    """
    if len(text) > LONGEST_TEXT:
        raise InvalidNetworks(f"The list is too long. Enter at most {MOST_NETWORKS} IP addresses or networks.")
    found: dict[Network, None] = {}
    problems = []
    for entry in pasted_addresses.entries(text):
        try:
            found |= dict.fromkeys(_networks_of(entry))
        except ValueError as error:
            problems.append(str(error))
    if problems:
        unclear = any(not problem.endswith("?") for problem in problems)
        raise InvalidNetworks(*problems, *([EXAMPLE] if unclear else []))
    if not found:
        raise InvalidNetworks("Add at least one IP address, or choose “Any address”.")
    if len(found) > MOST_NETWORKS:
        raise InvalidNetworks(f"The list has {len(found)} entries. Enter at most {MOST_NETWORKS}.")
    if any(network.prefixlen == 0 for network in _merged(found)):
        raise InvalidNetworks("Together, these cover every IP address. If you want that, choose “Any address”.")
    return list(found)


def normalise(text: str) -> str:
    """Write a trader's list the one way it is stored: `203.0.113.7,2001:db8::/32`. Raises InvalidNetworks."""
    return ",".join(map(show, parse(text)))


def show(network: Network) -> str:
    return str(network.network_address if network.num_addresses == 1 else network)


def _networks_of(entry: str) -> list[Network]:
    first, dash, last = entry.partition("-")
    if not dash or not (ADDRESS.fullmatch(first) and ADDRESS.fullmatch(last)):
        network = _network(entry)
        if network.num_addresses == 1 and network.network_address.is_unspecified:
            raise ValueError(f"“{entry}” isn’t a program’s IP address. Enter yours, or choose “Any address”.")
        return [network]
    start, end = (_network(each).network_address for each in (first, last))
    try:
        return list(ipaddress.summarize_address_range(start, end))
    except (ValueError, TypeError):
        raise ValueError(
            f"“{entry}” isn’t a range. Enter its first and last IP address, both IPv4 or both IPv6."
        ) from None


def _network(entry: str) -> Network:
    shown = entry if len(entry) <= 60 else entry[:60] + "…"
    if "*" in entry or entry in ("0.0.0.0/0", "::/0"):
        raise ValueError(f"“{shown}” is too broad. Use a smaller range, or choose “Any address”.")
    if masked := _NETMASK.fullmatch(entry):
        raise ValueError(f"“{shown}” is written with a netmask.{_proposal(masked['address'], masked['mask'])}")
    if "%" in entry:
        raise ValueError(f"“{shown}” has a zone ID. Remove everything after “%”.")
    match = _ENTRY.fullmatch(entry)
    if not match:
        host = pasted_addresses.host_of(entry) or ""
        raise ValueError(f"“{shown}” isn’t an IP address or network.{_proposal(host, '')}")
    try:
        network = _unmapped(ipaddress.ip_network(entry, strict=False))
        if not match["prefix"]:
            return network
        ipaddress.ip_network(entry)
    except ValueError:
        proposal = _proposal(match["address"], match["prefix"] or "")
        raise ValueError(f"“{shown}” isn’t an IP address or network.{proposal}") from None
    return network


def _proposal(address: str, prefix: str) -> str:
    try:
        meant = ipaddress.ip_network(f"{address}/{prefix}" if prefix else address, strict=False)
    except ValueError:
        return ""
    return f" Did you mean {show(meant)}?"


def _unmapped(network: Network) -> Network:
    """Write an IPv4-mapped network (::ffff:203.0.113.0/120) as the IPv4 network it means."""
    if isinstance(network, IPv6Network) and network.prefixlen >= 96 and network.network_address.ipv4_mapped:
        return IPv4Network((network.network_address.ipv4_mapped, network.prefixlen - 96))
    return network


def _merged(networks: Collection[Network]) -> list[Network]:
    four = [network for network in networks if isinstance(network, IPv4Network)]
    six = [network for network in networks if isinstance(network, IPv6Network)]
    return [*ipaddress.collapse_addresses(four), *ipaddress.collapse_addresses(six)]


def covers(wide: str, narrow: str) -> bool:
    """Return whether every IP address of the stored list `narrow` is in the stored list `wide`."""
    outer, inner = _merged(_networks(wide)), _networks(narrow)
    return all(
        any(one.version == other.version and one.subnet_of(other) for other in outer)  # type: ignore[arg-type]
        for one in inner
    )


def never_seen(networks: str, client: Address | None) -> list[str]:
    """List the entries of a stored list that no request can come from, where the server sees the internet's addresses.

    Whether it does is seen by the client's own address.
    """
    if client is None or addresses.is_in(client, INTERNAL):
        return []
    return [entry for entry in networks.split(",") if entry and _is_internal(ipaddress.ip_network(entry))]


def _is_internal(network: Network) -> bool:
    same = [internal for internal in INTERNAL if internal.version == network.version]
    return any(network.subnet_of(internal) for internal in same)  # type: ignore[arg-type]


def intersection(one: str, other: str) -> str:
    """Return the stored list of the addresses that are in both stored lists; empty where there is none."""
    pairs = product(_networks(one), _networks(other))
    both = dict.fromkeys(inner for pair in pairs if (inner := _inner(*pair)))
    return ",".join(map(show, both))


def _networks(stored: str) -> list[Network]:
    return [ipaddress.ip_network(text) for text in stored.split(",") if text]


def _inner(one: Network, other: Network) -> Network | None:
    """Return the smaller of two networks where the other contains it: two networks never overlap in any other way."""
    if one.version != other.version or not one.overlaps(other):
        return None
    return max(one, other, key=lambda network: network.prefixlen)


# -- Matching: the list as integers grouped by mask, so that 100 networks cost what one does ------------------------

_Masks = dict[int, dict[int, frozenset[int]]]


@lru_cache(maxsize=4096)
def _compiled(networks: str) -> _Masks:
    """Prepare a stored list. The cache key is the text, so an edit applies at once."""
    groups: dict[int, dict[int, set[int]]] = {4: {}, 6: {}}
    for network in map(ipaddress.ip_network, networks.split(",")):
        groups[network.version].setdefault(int(network.netmask), set()).add(int(network.network_address))
    return {version: {mask: frozenset(starts) for mask, starts in masks.items()} for version, masks in groups.items()}


def allows(networks: str, address: Address | None) -> bool:
    """Return whether a stored list allows an IP address. An unknown address or a damaged list isn't allowed."""
    if address is None:
        return False
    try:
        masks = _compiled(networks)[address.version]
    except ValueError:
        return False
    number = int(address)
    for mask, starts in masks.items():  # noqa: SIM110 (a generator costs as much as the rest of this, on every call)
        if number & mask in starts:
            return True
    return False


def allows_all(networks: str, text: str) -> bool:
    """Return whether a stored list allows an IP address, or all of a network, as usage stores them."""
    return covers(networks, text) if "/" in text else allows(networks, addresses.read(text))


def is_wide(entry: str) -> bool:
    network = ipaddress.ip_network(entry)
    return network.prefixlen < (WIDEST_4 if network.version == 4 else WIDEST_6)
