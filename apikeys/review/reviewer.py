"""Review keys for the six risks of the guide.

Each rule is a function of a key, its usage and the time, and returns a finding or None. Keys that can't be used
(paused, expired, replaced) are only checked for a leaked secret.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from apikeys.models import ApiKey, Status
from apikeys.review import usage_profile
from apikeys.review.findings import Code, Finding
from apikeys.review.rules.excess_permission import monitoring_trades, unused_trading
from apikeys.review.rules.leaked_key import leaked, used_elsewhere
from apikeys.review.rules.open_ip import any_address, wide_network
from apikeys.review.rules.overdue_review import old, owner_away, unreviewed
from apikeys.review.rules.shared_key import shared
from apikeys.review.rules.unused_key import idle, never_used, went_quiet
from apikeys.review.usage_profile import UsageProfile

YOUNG = timedelta(hours=24)

WORST = {code: place for place, code in enumerate(Code)}

Rule = Callable[[ApiKey, UsageProfile, datetime], Finding | None]


def review(keys: Collection[ApiKey], now: datetime) -> list[Finding]:
    """Return the findings of these keys, worst first. At most six queries; `account__user` should be joined."""
    live = [key for key in keys if not key.revoked_at]
    profile = usage_profile.read(live, now)
    found = [finding for key in live for finding in review_one(key, profile[key.pk], now)]
    return sorted(found, key=lambda finding: (-finding.level, WORST[finding.code]))


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
