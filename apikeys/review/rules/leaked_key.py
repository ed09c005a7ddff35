"""The guide's risk “Storage practice”: secrets that someone else has."""

from datetime import datetime

from apikeys import wording
from apikeys.http.errors import AddressNotAllowed
from apikeys.models import ApiKey
from apikeys.network import ip_allowlist
from apikeys.network.client_ip import UNKNOWN_IN_WORDS
from apikeys.review.findings import Code, Finding, Fix, Level
from apikeys.review.programs import UNNAMED
from apikeys.review.usage_profile import Calls, LaterCalls, UsageProfile
from apikeys.usage.buckets import midnight
from apikeys.usage.rollup import KEPT

CALLS_LISTED = 5


def leaked(key: ApiKey, profile: UsageProfile, now: datetime) -> Finding | None:
    if not profile.leaks:
        return None
    seen = tuple(f"{wording.day(leak.at)}: {leak.reason}" for leak in profile.leaks)
    evidence = (*seen, *_used_since(profile, now))
    grounds = frozenset(leak.at.isoformat() for leak in profile.leaks)
    return Finding(key, Code.LEAKED, Level.HIGH, "The secret was exposed.", evidence, _replace(key), grounds)


def _used_since(profile: UsageProfile, now: datetime) -> list[str]:
    """List the clients since the first leak, latest first, as exactly as they are still known."""
    oldest, leaked_at = midnight(now) - KEPT, profile.leaks[0].at
    forgotten = [f"Requests before {wording.day(oldest)} are no longer stored."] if leaked_at < oldest else []
    found = [_sentence(calls) for calls in profile.after_leak[:CALLS_LISTED]]
    return [*(found or ["Not used since."]), *forgotten]


def _sentence(calls: LaterCalls) -> str:
    who = f"{calls.client or UNNAMED} from {calls.address or UNKNOWN_IN_WORDS}"
    outcome, on = "accepted" if calls.accepted else "rejected", wording.day(calls.last_at)
    if calls.is_later:
        return f"{outcome.capitalize()} since: {who}, last on {on}."
    return f"{outcome.capitalize()} on {on}, before or after the exposure: {who}."


def used_elsewhere(key: ApiKey, profile: UsageProfile, now: datetime) -> Finding | None:
    rejected = [
        calls for calls in profile.calls if calls.outcome == AddressNotAllowed.reason and _is_rejected(key, calls)
    ]
    if not rejected:
        return None
    addresses = wording.listed(sorted({calls.address or UNKNOWN_IN_WORDS for calls in rejected}))
    requests = wording.counted(sum(calls.calls for calls in rejected), "request")
    last_on = wording.day(max(calls.last_at for calls in rejected))
    return Finding(
        key,
        Code.USED_ELSEWHERE,
        Level.HIGH,
        "Someone used the right secret from an IP address that isn’t allowed.",
        (f"{requests} from {addresses} rejected in 30 days, last on {last_on}.",),
        _replace(key),
        frozenset(calls.network for calls in rejected),
    )


def _is_rejected(key: ApiKey, calls: Calls) -> bool:
    return bool(key.networks) and not ip_allowlist.allows_all(key.networks, calls.address)


def _replace(key: ApiKey) -> tuple[Fix, ...]:
    return (Fix.DELETE,) if key.replaced_at else (Fix.REGENERATE, Fix.DELETE)
