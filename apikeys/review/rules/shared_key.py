"""The guide's risk “Key usage”: one key for several programs."""

from datetime import datetime
from itertools import combinations

from apikeys import wording
from apikeys.models import ApiKey
from apikeys.review.findings import Code, Finding, Fix, Level
from apikeys.review.programs import UNNAMED, programs_at
from apikeys.review.usage_profile import UsageProfile, tens_since
from apikeys.usage.buckets import BUCKET_SECONDS

TIMES_SHARED = 3
MOST_SPLIT = 10  # keys: the fix isn't offered for more programs than this
A_DAY_OF_TENS = 24 * 3600 // BUCKET_SECONDS


def shared(key: ApiKey, profile: UsageProfile, now: datetime) -> Finding | None:
    together = overlaps(profile)
    if most_in_a_day(list(together)) < TIMES_SHARED:
        return None
    networks = sorted(frozenset().union(*together.values()))
    times = f"{wording.counted(len(together), 'time')} since {wording.day(tens_since(now))}"
    return Finding(
        key,
        Code.SHARED,
        Level.HIGH,
        f"{len(networks)} networks keep using this key at the same time ({times}).",
        tuple(f"{network}: {wording.listed(_clients_at(network, profile))}" for network in networks),
        (Fix.SPLIT, Fix.PAUSE) if 1 < len(programs_at(networks, profile)) <= MOST_SPLIT else (Fix.PAUSE,),
        frozenset(networks),
    )


def overlaps(profile: UsageProfile) -> dict[int, frozenset[str]]:
    """Return the ten minutes in which two or more networks were active, and which networks.

    A network that takes over from another one doesn't count: one of them stops in the ten minutes in which the other
    starts.
    """
    tens = sorted(profile.active_networks)
    found = {}
    for before, ten, after in zip([None, *tens], tens, [*tens[1:], None], strict=False):
        at_once = _at_once(*(profile.active_networks.get(moment or 0, frozenset()) for moment in (before, ten, after)))
        if at_once:
            found[ten] = at_once
    return found


def _at_once(before: frozenset[str], here: frozenset[str], after: frozenset[str]) -> frozenset[str]:
    started, stopped = here - before, here - after
    pairs = (
        {one, other}
        for one, other in combinations(sorted(here), 2)
        if not (one in started and other in stopped) and not (other in started and one in stopped)
    )
    return frozenset().union(*pairs)


def most_in_a_day(tens: list[int]) -> int:
    return max((sum(first <= ten < first + A_DAY_OF_TENS for ten in tens) for first in tens), default=0)


def _clients_at(network: str, profile: UsageProfile) -> list[str]:
    found = sorted({calls.client for calls in profile.accepted if calls.network == network and calls.client})
    return found or [UNNAMED]
