"""The IP address that a request comes from, behind proxies and without them (no Django)."""

import re
from collections.abc import Collection, Iterable
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from apikeys.network import addresses
from apikeys.network.addresses import Address, Network


class ClientIP(NamedTuple):
    """A client's IP address. It is false, with an empty text, if it is unknown. Create it with `client_ip.known`."""

    address: Address | None
    text: str

    def __bool__(self) -> bool:
        return self.address is not None

    def __str__(self) -> str:
        return self.text

    @property
    def version(self) -> int | None:
        return self.address.version if self.address else None

    @property
    def bucket(self) -> str:
        """What failures are counted by: the IP address, or the /64 that one IPv6 customer has.

        It is empty if unknown, so that unknown clients don't use up each other's limits.
        """
        if self.address is None:
            return ""
        return self.text if self.address.version == 4 else str(int(self.address) >> 64)

    @property
    def home(self) -> str:
        """What to allow so that it can connect tomorrow: its address, or the /64 within which it changes daily."""
        return str(addresses.network_around(self.address, ipv4=32, ipv6=64)).removesuffix("/32") if self.address else ""

    @property
    def customer_network(self) -> str:
        """The /24 or /64 around it, which usage stores past a limit. Empty if unknown."""
        return str(addresses.network_around(self.address, ipv4=24, ipv6=64)) if self.address else ""


@lru_cache(maxsize=4096)
def known(address: Address) -> ClientIP:
    return ClientIP(address, str(address))


def read(text: str) -> ClientIP:
    address = addresses.read(text)
    return known(address) if address else UNKNOWN


UNKNOWN = ClientIP(None, "")
UNKNOWN_IN_WORDS = "an unknown address"


# -- Behind proxies -----------------------------------------------------------------------------------------------


class UnixSocket(Enum):
    """A peer at a Unix socket, which has no address. Its value is the word for it in TRUSTED_PROXIES."""

    UNIX = "unix"


UNIX = UnixSocket.UNIX
Peer = Address | UnixSocket
Proxy = Network | UnixSocket

# What proxies write beside addresses: quotes, brackets, a port. Eight groups and a port are no address, so they can be
# told apart; after an address that is shortened with ::, a port without brackets cannot. Zones are rejected: they mean
# something on one machine only.
_PORT = "(?::[0-9]{1,5})?"
_DECORATED = re.compile(
    rf"\[(?P<bracketed>[0-9A-Fa-f:.]+)\]{_PORT}"
    rf"|(?P<four>[0-9.]+){_PORT}"
    rf"|(?P<eight>(?:[0-9A-Fa-f]{{1,4}}:){{7}}[0-9A-Fa-f]{{1,4}}):[0-9]{{1,5}}"
    rf"|(?P<six>[0-9A-Fa-f:.]+)"
)
LONGEST_HOP = 120  # characters


def read_hop(text: str) -> Address | None:
    """Read an address as proxies write it, such as `203.0.113.7:51234` or `"[2001:db8::7]:443"`."""
    if found := addresses.read(text):
        return found
    bare = text.strip(' \t"')
    if len(bare) > LONGEST_HOP or not (match := _DECORATED.fullmatch(bare)):
        return None
    return addresses.read(match[match.lastgroup or 0])


@lru_cache(maxsize=4096)
def read_peer(remote_addr: str) -> Peer | None:
    """Read REMOTE_ADDR, a short text from the server. gunicorn leaves it empty for a peer at a Unix socket."""
    return read_hop(remote_addr) if remote_addr else UNIX


def is_trusted(peer: Peer | None, proxies: Iterable[Proxy]) -> bool:
    if peer is None:
        return False
    return any(peer is UNIX if proxy is UNIX else peer is not UNIX and peer in proxy for proxy in proxies)


def find(peer: Peer | None, forwarded_for: str, proxies: Collection[Proxy]) -> ClientIP:
    """Find the client: the peer or, behind trusted proxies, the first untrusted hop of X-Forwarded-For from the right.

    Everything left of that hop was written by the client and means nothing. The client is UNKNOWN if a hop can't be
    read, and if there are only trusted proxies: the address of a proxy is never the client's.
    """
    client = peer
    if proxies:  # else all of them would be asked, on every request
        hops = forwarded_for.split(",") if forwarded_for else []
        while is_trusted(client, proxies):
            if not hops:
                return UNKNOWN
            client = read_hop(hops.pop())
    return UNKNOWN if client is None or client is UNIX else known(client)
