"""The guide's risk “IP restriction”: keys that work from anywhere, or from too many IP addresses."""

from collections.abc import Collection
from datetime import datetime
from ipaddress import ip_network

from apikeys import wording
from apikeys.models import AddressRule, ApiKey
from apikeys.review.findings import Code, Finding, Fix, Level
from apikeys.review.least_privilege import narrow_list, wide_entries
from apikeys.review.usage_profile import UsageProfile


def any_address(key: ApiKey, profile: UsageProfile, now: datetime) -> Finding | None:
    if key.address_rule != AddressRule.ANY:
        return None
    sentence = "Anyone with the secret can use this key from any IP."
    return _open(key, profile, Code.ANY_ADDRESS, sentence, _used_from(profile), _client_networks(profile))


def wide_network(key: ApiKey, profile: UsageProfile, now: datetime) -> Finding | None:
    wide = wide_entries(key)
    if not wide:
        return None
    sizes = tuple(f"{entry} has {_size(entry)} IP addresses." for entry in wide)
    sentence = f"{wording.listed(wide)} covers far more IPs than one network needs."
    return _open(key, profile, Code.WIDE_NETWORK, sentence, (*sizes, *_used_from(profile)), wide)


def _open(
    key: ApiKey, profile: UsageProfile, code: Code, sentence: str, evidence: tuple[str, ...], grounds: Collection[str]
) -> Finding:
    level = Level.HIGH if key.can_trade else Level.MEDIUM
    narrow = narrow_list(key, profile)
    fixes = (Fix.LOCK, Fix.EDIT) if narrow else (Fix.EDIT,)
    return Finding(key, code, level, sentence, evidence, fixes, frozenset({*grounds, level.label}), narrow)


def _client_networks(profile: UsageProfile) -> set[str]:
    return {calls.network for calls in profile.accepted}


def _used_from(profile: UsageProfile) -> tuple[str, ...]:
    networks = sorted(_client_networks(profile))
    if not networks:
        return ("Not used in the last 30 days.",)
    return (f"Used from {wording.listed(networks)} in the last 30 days.",)


def _size(entry: str) -> str:
    size = ip_network(entry).num_addresses
    return f"{size:,}" if size < 2**32 else f"2^{size.bit_length() - 1}"
