"""The impact of other settings: which of a key's requests of the last 30 days they would have rejected."""

from collections.abc import Iterable
from dataclasses import dataclass

from apikeys.keys.validation import KeySettings
from apikeys.models import AddressRule
from apikeys.network import ip_allowlist
from apikeys.permissions import Access
from apikeys.review.usage_profile import Calls


@dataclass(frozen=True, slots=True)
class Impact:
    calls: int
    rejected: int

    def __str__(self) -> str:
        if not self.calls:
            return "No requests in the last 30 days, so nothing would have been blocked."
        return f"{self.rejected:,} of {self.calls:,} requests in 30 days would have been blocked."


def calculate(calls: Iterable[Calls], wanted: KeySettings) -> Impact:
    """Check every accepted request against these settings, as the gate would."""
    accepted = [entry for entry in calls if entry.accepted]
    rejected = sum(entry.calls for entry in accepted if not allows(wanted, entry))
    return Impact(sum(entry.calls for entry in accepted), rejected)


def allows(wanted: KeySettings, call: Calls) -> bool:
    if call.required != Access.ANY_KEY and call.required not in wanted.permissions:
        return False
    return wanted.address_rule == AddressRule.ANY or ip_allowlist.allows_all(wanted.networks, call.address)
