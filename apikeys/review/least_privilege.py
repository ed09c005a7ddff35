"""Settings that let a key do less, made from how it was really used. None is ever wider than what the key has."""

from dataclasses import replace

from apikeys.keys.validation import KeySettings
from apikeys.models import AddressRule, ApiKey
from apikeys.network import client_ip, ip_allowlist
from apikeys.network.anonymization import network_of
from apikeys.network.ip_allowlist import is_wide
from apikeys.permissions import Permission
from apikeys.review.findings import Fix
from apikeys.review.usage_profile import Habits

MOST_PLACES = 5


def wide_entries(key: ApiKey) -> list[str]:
    return [entry for entry in key.network_list if is_wide(entry)]


def narrow_list(key: ApiKey, habits: Habits) -> str:
    """The list that a key would be locked to: its narrow entries, and the networks it was used from beside them.

    Empty where there is none: not used in 30 days, or from more than five networks.
    """
    narrow = [entry for entry in key.network_list if not is_wide(entry)]
    addresses = {calls.address for calls in habits.accepted}
    beside = [
        text for text in addresses if not narrow or not ip_allowlist.allows(",".join(narrow), client_ip.address(text))
    ]
    places = sorted({network for text in beside if (network := network_of(text))}, key=str)
    if not addresses or len(places) > MOST_PLACES or not (narrow or places):
        return ""
    return ip_allowlist.normalise(",".join([*narrow, *map(ip_allowlist.show, places)]))


def settings_after(fix: Fix, key: ApiKey, habits: Habits) -> KeySettings | None:
    """The settings that a fix would give a key. None for a fix that changes none, or cannot be done."""
    now = KeySettings.of(key)
    if fix == Fix.READ_ONLY:
        return replace(now, permissions=frozenset({Permission.READ}))
    if fix == Fix.LOCK and (listed := narrow_list(key, habits)):
        return replace(now, address_rule=AddressRule.LIST, networks=listed)
    return None
