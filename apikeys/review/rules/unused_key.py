"""The guide's risk “Expiration handling”: keys that nobody uses."""

from datetime import datetime, timedelta

from apikeys import wording
from apikeys.models import ApiKey
from apikeys.review.findings import Code, Finding, Fix, Level
from apikeys.review.usage_profile import BUSY_BEFORE, QUIET, UsageProfile

BUSY_DAYS = 20
IDLE_TRADING, IDLE_READING = timedelta(days=30), timedelta(days=90)
UNUSED = timedelta(days=7)


def never_used(key: ApiKey, profile: UsageProfile, now: datetime) -> Finding | None:
    if key.last_used_at or now - key.created_at < UNUSED:
        return None
    sentence = f"Created {wording.ago(now - key.created_at)} and never used."
    return Finding(key, Code.NEVER_USED, _if_trading(key), sentence, (), (Fix.PAUSE, Fix.DELETE))


def went_quiet(key: ApiKey, profile: UsageProfile, now: datetime) -> Finding | None:
    if not key.last_used_at or now - key.last_used_at < QUIET or idle(key, profile, now):
        return None
    if len(profile.active_days) < BUSY_DAYS:
        return None
    sentence = f"Used almost every day until it stopped {wording.ago(now - key.last_used_at)}."
    evidence = (
        f"Used on {len(profile.active_days)} of {BUSY_BEFORE.days} days, last on {wording.day(key.last_used_at)}."
    )
    return _unused(key, Code.WENT_QUIET, Level.MEDIUM, sentence, evidence)


def idle(key: ApiKey, profile: UsageProfile, now: datetime) -> Finding | None:
    limit = IDLE_TRADING if key.can_trade else IDLE_READING
    if not key.last_used_at or now - key.last_used_at < limit:
        return None
    sentence = f"Last used {wording.ago(now - key.last_used_at)}."
    return _unused(key, Code.IDLE, _if_trading(key), sentence, f"Last used on {wording.day(key.last_used_at)}.")


def _unused(key: ApiKey, code: Code, level: Level, sentence: str, evidence: str) -> Finding:
    grounds = frozenset({key.last_used_at.isoformat()}) if key.last_used_at else frozenset()
    return Finding(key, code, level, sentence, (evidence,), (Fix.PAUSE, Fix.DELETE), grounds)


def _if_trading(key: ApiKey) -> Level:
    return Level.MEDIUM if key.can_trade else Level.LOW
