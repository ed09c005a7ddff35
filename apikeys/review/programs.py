"""The programs that use a key, by the names they send, without their versions."""

from collections import defaultdict
from collections.abc import Collection
from typing import NamedTuple

from apikeys import wording
from apikeys.network.anonymization import anonymized_client
from apikeys.review.usage_profile import UsageProfile

UNNAMED = "an unnamed program"


class Program(NamedTuple):
    name: str
    networks: tuple[str, ...]

    @property
    def networks_in_words(self) -> str:
        return wording.listed(self.networks)

    def __str__(self) -> str:
        return f"{self.name}, used from {self.networks_in_words}"


def programs_at(networks: Collection[str], profile: UsageProfile) -> list[Program]:
    """List the programs that used a key from these networks in the last 30 days, by name.

    Requests without a name count as one more program, but only in networks without a named one: past a limit, usage
    counts clients without their program.
    """
    named: dict[str, set[str]] = defaultdict(set)
    at_all: set[str] = set()
    for calls in profile.accepted:
        if calls.network in networks:
            at_all.add(calls.network)
            if calls.client:
                named[anonymized_client(calls.client)].add(calls.network)
    if unnamed := at_all.difference(*named.values()):
        named[UNNAMED] = unnamed
    return [Program(name, tuple(sorted(found))) for name, found in sorted(named.items())]
