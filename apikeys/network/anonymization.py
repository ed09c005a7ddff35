"""Anonymize where requests come from: the network of an IP address, a program without its version (no Django)."""

from functools import lru_cache

from apikeys.network import addresses
from apikeys.network.addresses import Network


@lru_cache(maxsize=4096)
def network_of(text: str) -> Network | None:
    """Return the /24 or /48 of an IP address, or of a smaller network. None if it is unknown."""
    network = addresses.read_network(text)
    if network is None:
        return None
    return network.supernet(new_prefix=min(network.prefixlen, 24 if network.version == 4 else 48))


def anonymized_address(text: str) -> str:
    """Replace an IP address, or a smaller network, by its /24 or /48. Any other text stays."""
    network = network_of(text)
    return str(network) if network else text


def anonymized_client(client: str) -> str:
    return client.partition("/")[0]
