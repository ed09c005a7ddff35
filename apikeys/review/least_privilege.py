"""Settings that let a key do less, made from how it was really used. None is ever wider than what the key has."""

import ipaddress
from dataclasses import replace

from apikeys import networks
from apikeys.findings import Fix
from apikeys.habits import Habits
from apikeys.key_settings import KeySettings
from apikeys.models import AddressRule, ApiKey
from apikeys.permissions import Permission
from apikeys.places import network_of

MOST_PLACES = 5
WIDEST_4, WIDEST_6 = 16, 32  # prefixes; a shorter one is too wide


def is_wide(entry: str) -> bool:
    network = ipaddress.ip_network(entry)
    return network.prefixlen < (WIDEST_4 if network.version == 4 else WIDEST_6)


def wide_entries(key: ApiKey) -> list[str]:
    return [entry for entry in key.network_list if is_wide(entry)]


def narrow_list(key: ApiKey, habits: Habits) -> str:
    """The list that a key would be locked to: its narrow entries, and the networks it was used from beside them.

    Empty where there is none: not used in 30 days, or from more than five networks.
    """
    narrow = [entry for entry in key.network_list if not is_wide(entry)]
    addresses = {calls.address for calls in habits.accepted}
    beside = [text for text in addresses if not narrow or not networks.allows(",".join(narrow), networks.address(text))]
    places = sorted({network for text in beside if (network := network_of(text))}, key=str)
    if not addresses or len(places) > MOST_PLACES or not (narrow or places):
        return ""
    return networks.normalise(",".join([*narrow, *map(networks.show, places)]))


def settings_after(fix: Fix, key: ApiKey, habits: Habits) -> KeySettings | None:
    """The settings that a fix would give a key. None for a fix that changes none, or cannot be done."""
    now = KeySettings.of(key)
    if fix == Fix.READ_ONLY:
        return replace(now, permissions=frozenset({Permission.READ}))
    if fix == Fix.LOCK and (listed := narrow_list(key, habits)):
        return replace(now, address_rule=AddressRule.LIST, networks=listed)
    return None
