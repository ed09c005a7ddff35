"""The guide's risk “Ongoing management”: keys that nobody looks after."""

from datetime import datetime, timedelta

from apikeys import wording
from apikeys.models import ApiKey
from apikeys.review.findings import Code, Finding, Fix, Level
from apikeys.review.usage_profile import UsageProfile

OLD = timedelta(days=180)
UNREVIEWED = timedelta(days=90)
OWNER_AWAY = timedelta(days=60)


def old(key: ApiKey, profile: UsageProfile, now: datetime) -> Finding | None:
    if now - key.created_at < OLD:
        return None
    sentence = f"The secret is {wording.counted((now - key.created_at).days, 'day')} old."
    return Finding(key, Code.OLD, Level.MEDIUM, sentence, (), (Fix.REGENERATE,))


def unreviewed(key: ApiKey, profile: UsageProfile, now: datetime) -> Finding | None:
    seen_at = key.reviewed_at or key.created_at
    if now - seen_at < UNREVIEWED:
        return None
    if key.reviewed_at:
        sentence = f"Last reviewed {wording.ago(now - seen_at)}."
    else:
        sentence = f"Created {wording.ago(now - seen_at)} and never reviewed."
    return Finding(key, Code.UNREVIEWED, Level.LOW, sentence, (), (Fix.REVIEW,), frozenset({seen_at.isoformat()}))


def owner_away(key: ApiKey, profile: UsageProfile, now: datetime) -> Finding | None:
    owner = key.account.user
    seen_at = owner.last_login or owner.date_joined
    if not key.can_trade or now - seen_at < OWNER_AWAY:
        return None
    sentence = f"This key can trade, but its owner last signed in {wording.ago(now - seen_at)}."
    fixes = (Fix.REVIEW, Fix.PAUSE)
    return Finding(key, Code.OWNER_AWAY, Level.HIGH, sentence, (), fixes, frozenset({seen_at.isoformat()}))
