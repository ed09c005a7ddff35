"""What has become risky: the guide's six risks, found on real keys.

Each rule is a function of a key, how it was used, and the time. It returns what it found, or nothing. A key that can
do nothing (paused, expired, replaced) is only asked whether its secret is known to somebody else.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from apikeys.models import ApiKey, Status
from apikeys.review import usage_profile
from apikeys.review.findings import Finding, Risk
from apikeys.review.rules.excess_permission import monitoring_trades, unused_trading
from apikeys.review.rules.leaked_key import leaked, used_elsewhere
from apikeys.review.rules.open_ip import any_address, wide_network
from apikeys.review.rules.overdue_review import old, owner_away, unreviewed
from apikeys.review.rules.shared_key import shared
from apikeys.review.rules.unused_key import idle, never_used, went_quiet
from apikeys.review.usage_profile import UsageProfile

YOUNG = timedelta(hours=24)

# Among equally bad ones: who else holds the key comes before what the key may do, and that before what was forgotten.
WORST = (Risk.STORAGE, Risk.USAGE, Risk.PERMISSION, Risk.ADDRESS, Risk.MANAGEMENT, Risk.EXPIRATION)

Rule = Callable[[ApiKey, UsageProfile, datetime], Finding | None]


def review(keys: Collection[ApiKey], now: datetime) -> list[Finding]:
    """Find what is risky about these keys, the worst first. Six queries at most; `account__user` should be joined."""
    live = [key for key in keys if not key.revoked_at]
    profile = usage_profile.of(live, now)
    found = [finding for key in live for finding in review_one(key, profile[key.pk], now)]
    return sorted(found, key=lambda finding: (-finding.level, WORST.index(finding.risk)))


def review_one(key: ApiKey, profile: UsageProfile, now: datetime) -> Iterator[Finding]:
    for rule in rules_for(key, now):
        if found := rule(key, profile, now):
            yield replace(found, profile=profile)


def rules_for(key: ApiKey, now: datetime) -> tuple[Rule, ...]:
    if key.replaced_at or key.status(now) not in (Status.ACTIVE, Status.EXPIRING):
        return STORAGE
    return SETTINGS + STORAGE if now - key.created_at < YOUNG else SETTINGS + STORAGE + USE + MANAGEMENT


SETTINGS: tuple[Rule, ...] = (monitoring_trades, any_address, wide_network)
STORAGE: tuple[Rule, ...] = (leaked, used_elsewhere)
USE: tuple[Rule, ...] = (unused_trading, never_used, went_quiet, idle, shared)
MANAGEMENT: tuple[Rule, ...] = (old, unreviewed, owner_away)
