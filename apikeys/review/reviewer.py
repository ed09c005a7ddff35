"""What has become risky: the guide's six risks, found on real keys.

Each rule is a function of a key, how it was used, and the time. It returns what it found, or nothing. A key that can
do nothing (paused, expired, replaced) is only asked whether its secret is known to somebody else.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from ipaddress import ip_network
from itertools import combinations

from apikeys import habits as key_habits
from apikeys import networks
from apikeys.errors import AddressNotAllowed
from apikeys.findings import Code, Finding, Fix, Level, Risk
from apikeys.habits import BUSY_BEFORE, QUIET, TRADING_UNUSED, Calls, Habits, tens_since
from apikeys.models import AddressRule, ApiKey, Purpose, Status
from apikeys.tightening import narrow_list, wide_entries
from apikeys.usage import BUCKET_SECONDS

YOUNG = timedelta(hours=24)
ENOUGH_CALLS = 50
BUSY_DAYS = 20
IDLE_TRADING, IDLE_READING = timedelta(days=30), timedelta(days=90)
UNUSED = timedelta(days=7)
BUCKET = timedelta(seconds=BUCKET_SECONDS)
CALLS_LISTED = 5
TIMES_SHARED = 3
A_DAY_OF_TENS = 24 * 3600 // BUCKET_SECONDS
OLD = timedelta(days=180)
UNREVIEWED = timedelta(days=90)
OWNER_AWAY = timedelta(days=60)
MOST_NAMED = 5

# Among equally bad ones: who else holds the key comes before what the key may do, and that before what was forgotten.
WORST = (Risk.STORAGE, Risk.USAGE, Risk.PERMISSION, Risk.ADDRESS, Risk.MANAGEMENT, Risk.EXPIRATION)

Rule = Callable[[ApiKey, Habits, datetime], Finding | None]


def review(keys: Collection[ApiKey], now: datetime) -> list[Finding]:
    """Find what is risky about these keys, the worst first. Five queries at most; `account__user` should be joined."""
    live = [key for key in keys if not key.revoked_at]
    habits = key_habits.of(live, now)
    found = [finding for key in live for finding in review_one(key, habits[key.pk], now)]
    return sorted(found, key=lambda finding: (-finding.level, WORST.index(finding.risk)))


def review_one(key: ApiKey, habits: Habits, now: datetime) -> Iterator[Finding]:
    for rule in rules_for(key, now):
        if found := rule(key, habits, now):
            yield replace(found, habits=habits)


def rules_for(key: ApiKey, now: datetime) -> tuple[Rule, ...]:
    if key.replaced_at or key.status(now) not in (Status.ACTIVE, Status.EXPIRING):
        return STORAGE
    return SETTINGS + STORAGE if now - key.created_at < YOUNG else SETTINGS + STORAGE + USE + MANAGEMENT


# -- Permission setup ----------------------------------------------------------------------------------------------


def monitoring_trades(key: ApiKey, habits: Habits, now: datetime) -> Finding | None:
    if not key.can_trade or key.purpose != Purpose.MONITORING:
        return None
    traded = _total(calls for calls in habits.accepted if calls.need == "trading")
    return Finding(
        key,
        Code.MONITORING_TRADES,
        Level.HIGH,
        "Its purpose is monitoring, and it may trade.",
        (f"{_count(traded, 'call')} that needed trading in 30 days.",),
        (Fix.READ_ONLY,),
        frozenset({"traded"} if traded else ()),
    )


def unused_trading(key: ApiKey, habits: Habits, now: datetime) -> Finding | None:
    granted_at = habits.trading_since or key.created_at
    if not key.can_trade or key.purpose == Purpose.MONITORING or now - granted_at < TRADING_UNUSED:
        return None
    if habits.accepted_since < ENOUGH_CALLS or habits.traded_since:
        return None
    return Finding(
        key,
        Code.UNUSED_TRADING,
        Level.MEDIUM,
        f"It may trade since {_day(granted_at)}, and never did.",
        (f"{_count(habits.accepted_since, 'accepted call')} since then, of which none needed trading.",),
        (Fix.READ_ONLY,),
        frozenset({granted_at.isoformat()}),
    )


# -- IP restriction ------------------------------------------------------------------------------------------------


def any_address(key: ApiKey, habits: Habits, now: datetime) -> Finding | None:
    if key.address_rule != AddressRule.ANY:
        return None
    sentence = "Whoever holds its secret can use it from anywhere."
    return _open(key, habits, Code.ANY_ADDRESS, sentence, _used_from(habits), _places(habits))


def wide_network(key: ApiKey, habits: Habits, now: datetime) -> Finding | None:
    wide = wide_entries(key)
    if not wide:
        return None
    sizes = tuple(f"{entry} has {_size(entry)} addresses." for entry in wide)
    sentence = f"It is allowed from {_list(wide)}: wider than any one network you could know."
    return _open(key, habits, Code.WIDE_NETWORK, sentence, (*sizes, *_used_from(habits)), wide)


def _open(
    key: ApiKey, habits: Habits, code: Code, sentence: str, evidence: tuple[str, ...], marks: Collection[str]
) -> Finding:
    level = Level.HIGH if key.can_trade else Level.MEDIUM
    fixes = (Fix.LOCK, Fix.EDIT) if narrow_list(key, habits) else (Fix.EDIT,)
    return Finding(key, code, level, sentence, evidence, fixes, frozenset({*marks, level.label}))


def _places(habits: Habits) -> set[str]:
    return {calls.network for calls in habits.accepted}


def _used_from(habits: Habits) -> tuple[str, ...]:
    places = sorted(_places(habits))
    if not places:
        return ("It was not used in the last 30 days.",)
    return (f"Used from {_list(places)} in the last 30 days.",)


# -- Expiration handling -------------------------------------------------------------------------------------------


def never_used(key: ApiKey, habits: Habits, now: datetime) -> Finding | None:
    if key.last_used_at or now - key.created_at < UNUSED:
        return None
    sentence = f"It was created {_ago(now - key.created_at)} and has never been used."
    return Finding(key, Code.NEVER_USED, _if_trading(key), sentence, (), (Fix.PAUSE, Fix.DELETE))


def went_quiet(key: ApiKey, habits: Habits, now: datetime) -> Finding | None:
    if not key.last_used_at or now - key.last_used_at < QUIET or idle(key, habits, now):
        return None
    if len(habits.active_days) < BUSY_DAYS:
        return None
    sentence = f"It was used almost every day, then stopped {_ago(now - key.last_used_at)}."
    evidence = f"Used on {len(habits.active_days)} of {BUSY_BEFORE.days} days, last on {_day(key.last_used_at)}."
    return _unused(key, Code.WENT_QUIET, Level.MEDIUM, sentence, evidence)


def idle(key: ApiKey, habits: Habits, now: datetime) -> Finding | None:
    limit = IDLE_TRADING if key.can_trade else IDLE_READING
    if not key.last_used_at or now - key.last_used_at < limit:
        return None
    sentence = f"It was last used {_ago(now - key.last_used_at)}."
    return _unused(key, Code.IDLE, _if_trading(key), sentence, f"Last used on {_day(key.last_used_at)}.")


def _unused(key: ApiKey, code: Code, level: Level, sentence: str, evidence: str) -> Finding:
    marks = frozenset({key.last_used_at.isoformat()}) if key.last_used_at else frozenset()
    return Finding(key, code, level, sentence, (evidence,), (Fix.PAUSE, Fix.DELETE), marks)


# -- Key usage -----------------------------------------------------------------------------------------------------


def shared(key: ApiKey, habits: Habits, now: datetime) -> Finding | None:
    together = overlaps(habits)
    if most_in_a_day(list(together)) < TIMES_SHARED:
        return None
    places = sorted(frozenset().union(*together.values()))
    sentence = f"{_list(places)} used it in the same ten minutes, {_count(len(together), 'time')}"
    return Finding(
        key,
        Code.SHARED,
        Level.HIGH,
        f"{sentence} since {_day(tens_since(now))}.",
        tuple(f"{place}: {_list(_clients_at(place, habits))}" for place in places),
        (Fix.SPLIT, Fix.PAUSE),
        frozenset(places),
    )


def overlaps(habits: Habits) -> dict[int, frozenset[str]]:
    """In which ten minutes two networks were active, and which: those where one took over from another left out."""
    tens = sorted(habits.places)
    found = {}
    for before, ten, after in zip([None, *tens], tens, [*tens[1:], None], strict=False):
        at_once = _at_once(*(habits.places.get(moment or 0, frozenset()) for moment in (before, ten, after)))
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


def _clients_at(place: str, habits: Habits) -> list[str]:
    found = sorted({calls.client for calls in habits.accepted if calls.network == place and calls.client})
    return found or ["an unnamed program"]


# -- Storage practice ----------------------------------------------------------------------------------------------


def exposed(key: ApiKey, habits: Habits, now: datetime) -> Finding | None:
    if not habits.exposures:
        return None
    seen = tuple(f"{_day(exposure.at)}: {exposure.reason}" for exposure in habits.exposures)
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
        f"from {calls.address or 'an unknown address'}, last on {_day(calls.last_at)}."
        for calls in sorted(since, key=lambda calls: calls.last_at, reverse=True)[:CALLS_LISTED]
    ]


def used_elsewhere(key: ApiKey, habits: Habits, now: datetime) -> Finding | None:
    refused = [calls for calls in habits.calls if calls.outcome == AddressNotAllowed.reason and _is_refused(key, calls)]
    if not refused:
        return None
    addresses = sorted({calls.address or "an unknown address" for calls in refused})
    return Finding(
        key,
        Code.USED_ELSEWHERE,
        Level.HIGH,
        f"Somebody called with the right secret from {_list(addresses)}, which is not allowed.",
        (f"{_count(_total(refused), 'call')} refused in 30 days, last on {_day(max(c.last_at for c in refused))}.",),
        _replace(key),
        frozenset(calls.network for calls in refused),
    )


def _is_refused(key: ApiKey, calls: Calls) -> bool:
    return bool(key.networks) and not networks.allows(key.networks, networks.address(calls.address))


def _replace(key: ApiKey) -> tuple[Fix, ...]:
    return (Fix.DELETE,) if key.replaced_at else (Fix.REGENERATE, Fix.DELETE)


# -- Ongoing management --------------------------------------------------------------------------------------------


def old(key: ApiKey, habits: Habits, now: datetime) -> Finding | None:
    if now - key.created_at < OLD:
        return None
    sentence = f"Its secret is {_count((now - key.created_at).days, 'day')} old."
    return Finding(key, Code.OLD, Level.MEDIUM, sentence, (), (Fix.REGENERATE,))


def unreviewed(key: ApiKey, habits: Habits, now: datetime) -> Finding | None:
    seen_at = key.reviewed_at or key.created_at
    if now - seen_at < UNREVIEWED:
        return None
    if key.reviewed_at:
        sentence = f"It was last reviewed {_ago(now - seen_at)}."
    else:
        sentence = f"It was created {_ago(now - seen_at)} and never reviewed."
    return Finding(key, Code.UNREVIEWED, Level.LOW, sentence, (), (Fix.REVIEW,), frozenset({seen_at.isoformat()}))


def owner_away(key: ApiKey, habits: Habits, now: datetime) -> Finding | None:
    owner = key.account.user
    seen_at = owner.last_login or owner.date_joined
    if not key.can_trade or now - seen_at < OWNER_AWAY:
        return None
    sentence = f"It may trade, and its owner last signed in {_ago(now - seen_at)}."
    fixes = (Fix.REVIEW, Fix.PAUSE)
    return Finding(key, Code.OWNER_AWAY, Level.HIGH, sentence, (), fixes, frozenset({seen_at.isoformat()}))


SETTINGS: tuple[Rule, ...] = (monitoring_trades, any_address, wide_network)
STORAGE: tuple[Rule, ...] = (exposed, used_elsewhere)
USE: tuple[Rule, ...] = (unused_trading, never_used, went_quiet, idle, shared)
MANAGEMENT: tuple[Rule, ...] = (old, unreviewed, owner_away)


# -- Words ---------------------------------------------------------------------------------------------------------


def _total(calls: Iterable[Calls]) -> int:
    return sum(entry.calls for entry in calls)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _ago(since: timedelta) -> str:
    return f"{_count(since.days, 'day')} ago"


def _day(moment: datetime) -> str:
    return f"{moment:%-d %b %Y}"


def _list(words: Sequence[str]) -> str:
    if len(words) > MOST_NAMED:
        return f"{', '.join(words[:MOST_NAMED])} and {len(words) - MOST_NAMED} more"
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _size(entry: str) -> str:
    size = ip_network(entry).num_addresses
    return f"{size:,}" if size < 2**32 else f"2^{size.bit_length() - 1}"


def _if_trading(key: ApiKey) -> Level:
    return Level.MEDIUM if key.can_trade else Level.LOW
