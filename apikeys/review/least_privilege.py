"""Narrower settings, based on how a key was really used. They never add access."""

from dataclasses import replace

from apikeys.keys.validation import KeySettings, grants_nothing_new
from apikeys.models import AddressRule, ApiKey
from apikeys.network import ip_allowlist
from apikeys.network.anonymization import network_of
from apikeys.network.ip_allowlist import InvalidNetworks, is_wide
from apikeys.permissions import Permission
from apikeys.review.findings import Finding, Fix
from apikeys.review.usage_profile import UsageProfile

MOST_NETWORKS = 5


def wide_entries(key: ApiKey) -> list[str]:
    return [entry for entry in key.network_list if is_wide(entry)]


def narrow_list(key: ApiKey, profile: UsageProfile) -> str:
    """Return the IP allowlist for locking a key: its narrow entries, and the networks that it was used from besides
    them.

    Only IP addresses that the key allows today count, because its owner may have excluded the others. Empty if there is
    no such list: the key wasn't used in 30 days, was used from more than five networks, or the list would be too long.
    """
    narrow = ",".join(entry for entry in key.network_list if not is_wide(entry))
    used_from = {calls.address for calls in profile.accepted if calls.address}
    allowed = [one for one in used_from if not key.networks or ip_allowlist.allows_all(key.networks, one)]
    beside = [one for one in allowed if not (narrow and ip_allowlist.allows_all(narrow, one))]
    networks = sorted({network for one in beside if (network := network_of(one))}, key=str)
    if not allowed or len(networks) > MOST_NETWORKS:
        return ""
    used = ",".join(map(ip_allowlist.show, networks))
    inside = ip_allowlist.intersection(used, key.networks) if key.networks else used
    try:
        return ip_allowlist.normalise(f"{narrow},{inside}")
    except InvalidNetworks:
        return ""


def settings_after(fix: Fix, finding: Finding) -> KeySettings | None:
    """Return a key's settings after a fix. None if the fix changes no settings or isn't possible."""
    now = KeySettings.of(finding.key)
    wanted = now
    if fix == Fix.READ_ONLY and Permission.READ in now.permissions:
        wanted = replace(now, permissions=frozenset({Permission.READ}))
    elif fix == Fix.LOCK and finding.narrow_list:
        wanted = replace(now, address_rule=AddressRule.LIST, networks=finding.narrow_list)
    return wanted if wanted != now and grants_nothing_new(now, wanted) else None
