"""A key without findings, its usage, and the findings when these change."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.models import User

from apikeys.models import Account, AddressRule, ApiKey, Purpose
from apikeys.review import reviewer
from apikeys.review.findings import Code, Finding
from apikeys.review.usage_profile import Calls, Leak, UsageProfile

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
SECOND = timedelta(seconds=1)
BOT, OFFICE = "198.51.100.0/24", "203.0.113.0/24"


def key_of(**changes: Any) -> ApiKey:
    """Return a sound trading key in daily use, restricted to one IP address, reviewed yesterday, with changes."""
    owner = User(last_login=changes.pop("last_login", NOW - DAY), date_joined=NOW - 300 * DAY)
    sound: dict[str, Any] = {
        "pk": 1,
        "account": Account(user=owner),
        "name": "grid bot",
        "purpose": Purpose.TRADING,
        "can_read": True,
        "can_trade": True,
        "address_rule": AddressRule.LIST,
        "networks": "203.0.113.9",
        "created_at": NOW - 100 * DAY,
        "expires_at": NOW + 90 * DAY,
        "last_used_at": NOW - HOUR,
        "reviewed_at": NOW - DAY,
    }
    return ApiKey(**sound | changes)


def called(times: int = 100, **changes: Any) -> Calls:
    return replace(Calls("203.0.113.9", "ccxt/4.5.64", "trading", "accepted", times, NOW - HOUR), **changes)


SOUND = UsageProfile(calls=(called(), called(required="read")))
LEAKED = UsageProfile(leaks=(Leak(NOW - DAY, "Its secret was sent in a query string."),))


def find(key: ApiKey, profile: UsageProfile = SOUND) -> list[Finding]:
    return list(reviewer.review_one(key, profile, NOW))


def codes(key: ApiKey, profile: UsageProfile = SOUND) -> set[Code]:
    return {finding.code for finding in find(key, profile)}


def only(key: ApiKey, profile: UsageProfile = SOUND) -> Finding:
    [finding] = find(key, profile)
    return finding


def used_on(days: int, *, last: timedelta) -> UsageProfile:
    first = (NOW - last).date()
    return UsageProfile(active_days=frozenset(first - timedelta(days=number) for number in range(days)))


def active(*tens: str, every: int = 1) -> UsageProfile:
    """Return a usage profile of two networks: `B`, `O`, both or neither (`-`) in each ten minutes."""
    networks_of = {"B": {BOT}, "O": {OFFICE}, "+": {BOT, OFFICE}, "-": set()}
    active_networks = {
        1000 + every * number: frozenset(networks_of[letter])
        for number, letter in enumerate("".join(tens))
        if letter != "-"
    }
    clients = (called(address="198.51.100.7", client="grid/1.2"), called(client="dashboard/3"))
    return UsageProfile(clients, active_networks=active_networks)
