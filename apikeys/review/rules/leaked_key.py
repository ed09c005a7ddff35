"""The guide's risk “Storage practice”: secrets that somebody else has."""

from datetime import datetime, timedelta

from apikeys.http.errors import AddressNotAllowed
from apikeys.models import ApiKey
from apikeys.network import client_ip, ip_allowlist
from apikeys.review import wording
from apikeys.review.findings import Code, Finding, Fix, Level
from apikeys.review.usage_profile import Calls, Habits
from apikeys.usage.buckets import BUCKET_SECONDS

BUCKET = timedelta(seconds=BUCKET_SECONDS)
CALLS_LISTED = 5


def exposed(key: ApiKey, habits: Habits, now: datetime) -> Finding | None:
    if not habits.exposures:
        return None
    seen = tuple(f"{wording.day(exposure.at)}: {exposure.reason}" for exposure in habits.exposures)
    evidence = (*seen, *_calls_since(habits.exposures[0].at, habits))
    marks = frozenset(exposure.at.isoformat() for exposure in habits.exposures)
    return Finding(
        key, Code.EXPOSED, Level.HIGH, "Its secret was seen where it must not be.", evidence, _replace(key), marks
    )


def _calls_since(at: datetime, habits: Habits) -> list[str]:
    """Who has called since, the last one first; to the ten minutes that usage is kept in."""
    since = [calls for calls in habits.calls if calls.last_at + BUCKET > at]
    if not since:
        return ["Nobody has called with it since."]
    return [
        f"Since then {'accepted' if calls.accepted else 'refused'}: {calls.client or 'an unnamed program'} "
        f"from {calls.address or 'an unknown address'}, last on {wording.day(calls.last_at)}."
        for calls in sorted(since, key=lambda calls: calls.last_at, reverse=True)[:CALLS_LISTED]
    ]


def used_elsewhere(key: ApiKey, habits: Habits, now: datetime) -> Finding | None:
    refused = [calls for calls in habits.calls if calls.outcome == AddressNotAllowed.reason and _is_refused(key, calls)]
    if not refused:
        return None
    addresses = sorted({calls.address or "an unknown address" for calls in refused})
    last_on = wording.day(max(calls.last_at for calls in refused))
    return Finding(
        key,
        Code.USED_ELSEWHERE,
        Level.HIGH,
        f"Somebody called with the right secret from {wording.listed(addresses)}, which is not allowed.",
        (f"{wording.counted(wording.total(refused), 'call')} refused in 30 days, last on {last_on}.",),
        _replace(key),
        frozenset(calls.network for calls in refused),
    )


def _is_refused(key: ApiKey, calls: Calls) -> bool:
    return bool(key.networks) and not ip_allowlist.allows(key.networks, client_ip.address(calls.address))


def _replace(key: ApiKey) -> tuple[Fix, ...]:
    return (Fix.DELETE,) if key.replaced_at else (Fix.REGENERATE, Fix.DELETE)
