"""A simulated year of usage of fifty keys: the review finds exactly the planted risks, also after the rollup."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User

from apikeys.keys import leak_response
from apikeys.models import ApiKey, KeyUsage, Purpose
from apikeys.review import reviewer
from apikeys.review.findings import Code
from apikeys.usage import buckets, rollup
from tests.support.factories import BOTH, READ, make_key, make_trader

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DAY, TEN = timedelta(days=1), timedelta(minutes=10)
HOME, CLOUD, PHONE = "203.0.113.9", "198.51.100.7", "192.0.2.5"
ACCEPTED = "accepted"

Call = tuple[datetime, str, str, str, str]  # time, address, program, required permission, outcome
Traffic = Callable[[Random, int], Iterator[Call]]


@dataclass(frozen=True)
class UsagePattern:
    name: str
    traffic: Traffic
    planted: frozenset[Code] = frozenset()
    days: int = 100  # since it was created
    settings: dict[str, Any] = field(default_factory=dict)


def at(seed: Random, day: int) -> datetime:
    """Return a random time on the day this many days ago."""
    return buckets.midnight(NOW) - day * DAY + seed.randrange(0, 72) * TEN


def days(seed: Random, first: int, last: int = 0, share: float = 1.0) -> Iterator[datetime]:
    return (at(seed, day) for day in range(first - 1, last - 1, -1) if seed.random() < share)


def bot(seed: Random, age: int, *, last: int = 0, share: float = 1.0, needs: str = "read trading") -> Iterator[Call]:
    for moment in days(seed, age, last, share):
        for required in needs.split():
            yield moment, HOME, "ccxt/4.5.64", required, ACCEPTED


def reader(seed: Random, age: int) -> Iterator[Call]:
    return bot(seed, age, needs="read any_key")


def weekday_reader(seed: Random, age: int) -> Iterator[Call]:
    return (call for call in reader(seed, age) if call[0].weekday() < 5)


def office(seed: Random, age: int) -> Iterator[Call]:
    """Many programs behind one address at the same time."""
    for moment, address, _, required, outcome in bot(seed, age):
        for number in range(3):
            yield moment, address, f"python-requests/2.{number}", required, outcome


def failover(seed: Random, age: int) -> Iterator[Call]:
    """Two machines that repeatedly take over from each other: both are active in the ten minutes of each takeover."""
    yield from bot(seed, age, last=3)
    start, here = buckets.midnight(NOW) - 2 * DAY, [HOME, CLOUD]
    for number in range(2 * 144):
        yield start + number * TEN, here[0], "ccxt/4.5.64", "trading", ACCEPTED
        if number % 12 == 11:
            here.reverse()
            yield start + number * TEN, here[0], "ccxt/4.5.64", "trading", ACCEPTED


def traveller(seed: Random, age: int) -> Iterator[Call]:
    for moment, _, client, required, outcome in bot(seed, age):
        yield moment, seed.choice([HOME, CLOUD]), client, required, outcome


def refused_a_lot(seed: Random, age: int) -> Iterator[Call]:
    for call in bot(seed, age):
        yield call
        yield (*call[:4], seed.choice(["too_many_requests", "stale_timestamp", "permission_missing"]))
        yield (call[0], PHONE, *call[2:4], "key_paused")


def shared(seed: Random, age: int) -> Iterator[Call]:
    yield from bot(seed, age, last=1)
    for number in range(3 * 6):
        for address, client in ((HOME, "ccxt/4.5.64"), (CLOUD, "grid/1")):
            yield NOW - 5 * timedelta(hours=1) + number * TEN, address, client, "trading", ACCEPTED


def stolen(seed: Random, age: int) -> Iterator[Call]:
    yield from bot(seed, age)
    yield NOW - 5 * DAY, "192.0.2.66", "curl/8.5.0", "read", "address_not_allowed"


def nothing(seed: Random, age: int) -> Iterator[Call]:
    return iter(())


def today_only(seed: Random, age: int) -> Iterator[Call]:
    return (call for call in shared(seed, 0) if call[0] > NOW - 10 * timedelta(hours=1))


OPEN = {"networks": ""}
READING = {"permissions": READ, "purpose": Purpose.MONITORING}


def planted(*codes: Code) -> frozenset[Code]:
    return frozenset(codes)


USAGE_PATTERNS = [
    UsagePattern("bot", bot),
    UsagePattern("dashboard", weekday_reader, settings=READING),
    UsagePattern("office", office),
    UsagePattern("failover", failover),
    UsagePattern("traveller", traveller),
    UsagePattern("refused", refused_a_lot),
    UsagePattern("now and then", lambda seed, age: bot(seed, age, share=0.2)),
    UsagePattern("seasonal", lambda seed, age: bot(seed, age, last=60, needs="read", share=0.3), settings=READING),
    UsagePattern("elder", bot, planted(Code.OLD), days=364),
    UsagePattern("in vain", reader, planted(Code.UNUSED_TRADING)),
    UsagePattern("watcher", bot, planted(Code.MONITORING_TRADES), settings={"purpose": Purpose.MONITORING}),
    UsagePattern("open", bot, planted(Code.ANY_ADDRESS), settings=OPEN),
    UsagePattern("wide", bot, planted(Code.WIDE_NETWORK), settings={"networks": "203.0.0.0/12,198.51.100.0/24"}),
    UsagePattern("never", nothing, planted(Code.NEVER_USED)),
    UsagePattern("quiet", lambda seed, age: bot(seed, age, last=10, share=0.95), planted(Code.WENT_QUIET)),
    UsagePattern("idle", lambda seed, age: bot(seed, age, last=40, share=0.3), planted(Code.IDLE)),
    UsagePattern("shared", shared, planted(Code.SHARED)),
    UsagePattern("stolen", stolen, planted(Code.USED_ELSEWHERE)),
    UsagePattern("leaked", bot, planted(Code.LEAKED)),
    UsagePattern("forgotten", bot, planted(Code.UNREVIEWED)),
    UsagePattern("young", today_only, planted(Code.ANY_ADDRESS), days=0, settings=OPEN),
]


def made(owner: User, pattern: UsagePattern, number: int) -> ApiKey:
    age = pattern.days * DAY if pattern.days else timedelta(hours=11)
    with time_machine.travel(NOW - age, tick=False):
        wanted = {
            "name": f"{pattern.name} {number}",
            "permissions": BOTH,
            "purpose": Purpose.TRADING,
            "networks": "203.0.113.0/24,198.51.100.0/24",
            "expires_at": NOW - age + 365 * DAY,
        }
        return make_key(owner.account, **wanted | pattern.settings).key


def live_through(key: ApiKey, pattern: UsagePattern, seed: Random) -> Iterator[KeyUsage]:
    calls = list(pattern.traffic(seed, pattern.days))
    if used := [call for call in calls if call[4] == ACCEPTED]:
        last = max(used)
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=last[0], last_used_address=last[1])
    names = ("starts_at", "address", "client", "required", "outcome")
    for call in dict.fromkeys(calls):
        yield KeyUsage(key=key, calls=seed.randint(1, 9), **dict(zip(names, call, strict=True)))


@pytest.mark.django_db
def test_exactly_the_planted_risks_are_found() -> None:
    seed, owner = Random(20261122), make_trader(last_login=NOW)
    rows: list[KeyUsage] = []
    wanted = {}
    for number in range(50):
        pattern = USAGE_PATTERNS[number % len(USAGE_PATTERNS)]
        key = made(owner, pattern, number)
        rows += live_through(key, pattern, seed)
        wanted[key.name] = pattern.planted
        if Code.UNREVIEWED not in pattern.planted:
            ApiKey.objects.filter(pk=key.pk).update(reviewed_at=NOW - 30 * DAY)
        if pattern.name == "leaked":
            leak_response.pause_leaked(key, reason="Its secret was reported as leaked.")
    KeyUsage.objects.bulk_create(rows, batch_size=2_000)
    assert found(owner) == wanted
    rollup.roll_up(NOW)
    assert found(owner) == wanted


def found(owner: User) -> dict[str, frozenset[Code]]:
    keys = list(owner.account.keys.select_related("account__user"))
    codes: dict[str, set[Code]] = {key.name: set() for key in keys}
    for finding in reviewer.review(keys, NOW):
        codes[finding.key.name].add(finding.code)
    return {name: frozenset(codes[name]) for name in codes}
