"""Where calls come from, coarsely: the network around an address, the program without its version (no Django)."""

import ipaddress
from functools import lru_cache

from apikeys import networks
from apikeys.networks import Network


@lru_cache(maxsize=4096)
def network_of(text: str) -> Network | None:
    """The network that stands for one place: an address's /24, or /48. None for an unknown address."""
    address = networks.address(text)
    if address is None:
        return None
    return ipaddress.ip_network((address, 24 if address.version == 4 else 48), strict=False)


def coarse_address(text: str) -> str:
    """Write an address as its network. What is no address, a network among them, stays."""
    network = network_of(text)
    return str(network) if network else text


def coarse_client(client: str) -> str:
    return client.partition("/")[0]
