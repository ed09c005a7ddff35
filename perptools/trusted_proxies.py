"""TRUSTED_PROXIES: whose X-Forwarded-For and X-Forwarded-Proto are trusted."""

import ipaddress
from collections.abc import Iterable

from django.core.exceptions import ImproperlyConfigured

from apikeys.network.client_ip import UNIX, Proxy

EXAMPLE = "Write networks such as 10.0.0.0/24 or 127.0.0.1, or the word unix for a proxy that comes by a Unix socket."


def proxies(entries: Iterable[str]) -> tuple[Proxy, ...]:
    """Read the entries of the setting. Raises ImproperlyConfigured, which names the invalid one."""
    return tuple(_proxy(entry.strip()) for entry in entries if entry.strip())


def _proxy(entry: str) -> Proxy:
    if entry.lower() == UNIX.value:
        return UNIX
    try:
        return ipaddress.ip_network(entry)
    except ValueError as error:
        raise ImproperlyConfigured(f"TRUSTED_PROXIES: {error}. {EXAMPLE}") from None
