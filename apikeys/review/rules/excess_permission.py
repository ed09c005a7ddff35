"""The guide's risk “Permission setup”: keys that can do more than they need."""

from datetime import datetime, timedelta

from apikeys import wording
from apikeys.models import ApiKey, Purpose
from apikeys.permissions import Permission
from apikeys.review.findings import Code, Finding, Fix, Level
from apikeys.review.usage_profile import TRADING_UNUSED, UsageProfile, counted_since
from apikeys.usage.rollup import KEPT

ENOUGH_CALLS = 50


def monitoring_trades(key: ApiKey, profile: UsageProfile, now: datetime) -> Finding | None:
    if not key.can_trade or key.purpose != Purpose.MONITORING:
        return None
    traded = sum(calls.calls for calls in profile.accepted if calls.required == Permission.TRADING)
    return Finding(
        key,
        Code.MONITORING_TRADES,
        Level.HIGH,
        "This key is for monitoring, but it can trade.",
        (
            f"Used for trading {wording.counted(traded, 'time')} in 30 days."
            if traded
            else "Not used for trading in 30 days.",
        ),
        _fixes(key),
        frozenset({"traded"} if traded else ()),
    )


def unused_trading(key: ApiKey, profile: UsageProfile, now: datetime) -> Finding | None:
    granted_at = profile.trading_since or key.created_at
    if not key.can_trade or key.purpose == Purpose.MONITORING or now - granted_at < TRADING_UNUSED:
        return None
    if profile.accepted_since < ENOUGH_CALLS or profile.traded_since:
        return None
    since = counted_since(granted_at, now, at_creation=profile.trading_since is None)
    calls = wording.counted(profile.accepted_since, "request")
    return Finding(
        key,
        Code.UNUSED_TRADING,
        Level.MEDIUM,
        f"Has been able to trade since {wording.day(granted_at)}, but {_in_vain(granted_at, since, now)}.",
        (f"{calls} since {wording.day(since)}, none of them for trading.",),
        _fixes(key),
        frozenset({granted_at.isoformat()}),
    )


def _in_vain(granted_at: datetime, since: datetime, now: datetime) -> str:
    """Return the sentence that the key hasn't traded, for the time that is known."""
    if since == granted_at:
        return "never has"
    if since > granted_at + timedelta(days=1):
        return f"hasn’t in the last {KEPT.days} days"
    return f"hasn’t since {wording.day(since)}"


def _fixes(key: ApiKey) -> tuple[Fix, ...]:
    """Without Read, a key that loses Trading could do nothing, so there is no fix."""
    return (Fix.READ_ONLY,) if key.can_read else (Fix.EDIT, Fix.PAUSE)
