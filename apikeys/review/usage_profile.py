"""How keys were really used, read from rolled-up usage: a handful of queries for all keys of an account."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Max, Q, Sum

from apikeys.models import ApiKey, EventKind, KeyEvent, KeyUsage, Resolution
from apikeys.network.anonymization import network_of
from apikeys.network.client_ip import UNKNOWN_IN_WORDS
from apikeys.permissions import Permission
from apikeys.usage.buckets import ACCEPTED, BUCKET_SECONDS, exact_since, midnight
from apikeys.usage.rollup import KEPT, LENGTHS

TEN_MINUTES_KEPT = timedelta(days=2)
TRADING_UNUSED = timedelta(days=14)  # how long Trading must be granted before it counts as unused
QUIET, BUSY_BEFORE = timedelta(days=7), timedelta(days=28)
BUCKET = timedelta(seconds=BUCKET_SECONDS)


@dataclass(frozen=True, slots=True)
class Calls:
    """Similar requests of the last 30 days. The IP address is exact, or empty if it was unknown."""

    address: str
    client: str
    required: str
    outcome: str
    calls: int
    last_at: datetime  # start of the ten minutes, hour or day that usage is stored by

    @property
    def accepted(self) -> bool:
        return self.outcome == ACCEPTED

    @property
    def network(self) -> str:
        return str(network_of(self.address) or UNKNOWN_IN_WORDS)


@dataclass(frozen=True, slots=True)
class LaterCalls:
    """Similar requests after a key's first leak, including those of which only the network is still known."""

    address: str
    client: str
    accepted: bool
    last_at: datetime  # start of the ten minutes, hour or day that usage is stored by
    is_later: bool  # False if that time began before the leak, so that the requests may have been earlier


@dataclass(frozen=True, slots=True)
class Leak:
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class UsageProfile:
    """What is known about the usage of one key. What no rule needs for this key wasn't read and is empty."""

    calls: tuple[Calls, ...] = ()
    trading_since: datetime | None = None  # None if since its creation
    accepted_since: int = 0  # accepted requests since `counted_since`; `traded_since` counts those that needed Trading
    traded_since: int = 0
    active_days: frozenset[date] = frozenset()
    active_networks: Mapping[int, frozenset[str]] = field(default_factory=dict)  # in each ten minutes
    leaks: tuple[Leak, ...] = ()
    after_leak: tuple[LaterCalls, ...] = ()  # latest first

    @property
    def accepted(self) -> list[Calls]:
        return [calls for calls in self.calls if calls.accepted]


def counted_since(granted_at: datetime, now: datetime, *, at_creation: bool) -> datetime:
    """Return the moment from which on it is known what a key did with a permission that was granted at `granted_at`.

    If it was granted to a key that was already in use, this is the next day, because the hours of that day are rolled
    up.
    """
    return max(granted_at if at_creation else midnight(granted_at) + timedelta(days=1), midnight(now) - KEPT)


def tens_since(now: datetime) -> datetime:
    """Return the moment from which on usage is stored by ten minutes."""
    return midnight(now) - TEN_MINUTES_KEPT


def read(keys: Collection[ApiKey], now: datetime) -> dict[int, UsageProfile]:
    """Read the usage profiles of these keys, by key ID. At most six queries for any number of keys."""
    found = _events(keys)
    for key_id, calls in _calls(keys, now).items():
        found[key_id] = replace(found[key_id], calls=tuple(calls))
    for key_id, (accepted, traded) in _since_granted(keys, found, now).items():
        found[key_id] = replace(found[key_id], accepted_since=accepted, traded_since=traded)
    for key_id, days in _active_days(keys, now).items():
        found[key_id] = replace(found[key_id], active_days=frozenset(days))
    for key_id, later in _after_leak(found).items():
        found[key_id] = replace(found[key_id], after_leak=tuple(later))
    for key_id, networks in _active_networks(keys, found, now).items():
        active = {ten: frozenset(together) for ten, together in networks.items()}
        found[key_id] = replace(found[key_id], active_networks=active)
    return found


def _events(keys: Collection[ApiKey]) -> dict[int, UsageProfile]:
    found = {key.pk: UsageProfile() for key in keys}
    events = KeyEvent.objects.filter(key__in=found, kind__in=[EventKind.EDITED, EventKind.LEAKED]).order_by("at", "id")
    for event in events:
        before = found[event.key_id]
        if event.kind == EventKind.LEAKED:
            leaks = (*before.leaks, Leak(event.at, event.reason))
            found[event.key_id] = replace(before, leaks=leaks)
        elif _grants_trading(event.changes):
            found[event.key_id] = replace(before, trading_since=event.at)
    return found


def _grants_trading(changes: dict[str, Any]) -> bool:
    before, after = changes.get("permissions", ([], []))
    return Permission.TRADING in after and Permission.TRADING not in before


def _calls(keys: Iterable[ApiKey], now: datetime) -> dict[int, list[Calls]]:
    alike = ("key_id", "address", "client", "required", "outcome")
    rows = (
        KeyUsage.objects.filter(key__in=[key.pk for key in keys], starts_at__gte=exact_since(now))
        .order_by(*alike)
        .values_list(*alike)
        .annotate(total=Sum("calls"), last_at=Max("starts_at"))
    )
    found: dict[int, list[Calls]] = defaultdict(list)
    for key_id, *calls in rows:
        found[key_id].append(Calls(*calls))
    return found


def _after_leak(profiles: Mapping[int, UsageProfile]) -> dict[int, list[LaterCalls]]:
    leaked = {key_id: found.leaks[0].at for key_id, found in profiles.items() if found.leaks}
    if not leaked:
        return {}
    since = reduce(or_, (Q(key=key_id, starts_at__gte=midnight(at)) for key_id, at in leaked.items()))
    rows = (
        KeyUsage.objects.filter(since)
        .values_list("key_id", "address", "client", "outcome", "resolution")
        .annotate(last_at=Max("starts_at"))
        .order_by("-last_at")
    )
    found: dict[int, dict[tuple[str, str, bool], LaterCalls]] = defaultdict(dict)
    for key_id, address, client, outcome, resolution, last_at in rows:
        alike = (address, client, outcome == ACCEPTED)
        if last_at + LENGTHS[resolution] > leaked[key_id]:
            is_later = last_at + BUCKET > leaked[key_id]
            found[key_id].setdefault(alike, LaterCalls(*alike, last_at, is_later))
    return {key_id: list(calls.values()) for key_id, calls in found.items()}


def _since_granted(
    keys: Iterable[ApiKey], profiles: Mapping[int, UsageProfile], now: datetime
) -> dict[int, tuple[int, int]]:
    """Count accepted requests since Trading was granted, for keys that haven't traded in the last 30 days."""
    asked = [key for key in keys if _may_trade_in_vain(key, profiles[key.pk], now)]
    granted = {key.pk: profiles[key.pk].trading_since for key in asked}
    since_creation = Q(key__in=[key_id for key_id, since in granted.items() if since is None])
    later = [
        Q(key=key_id, starts_at__gte=counted_since(since, now, at_creation=False))
        for key_id, since in granted.items()
        if since
    ]
    if not asked:
        return {}
    rows = (
        KeyUsage.objects.filter(reduce(or_, later, since_creation), outcome=ACCEPTED)
        .order_by("key_id")
        .values_list("key_id")
        .annotate(accepted=Sum("calls"), traded=Sum("calls", filter=Q(required=Permission.TRADING), default=0))
    )
    return {key_id: (accepted, traded) for key_id, accepted, traded in rows}


def _may_trade_in_vain(key: ApiKey, profile: UsageProfile, now: datetime) -> bool:
    if not key.can_trade or now - (profile.trading_since or key.created_at) < TRADING_UNUSED:
        return False
    granted_at = profile.trading_since
    since = counted_since(granted_at, now, at_creation=False) if granted_at else exact_since(now)
    return not any(calls.required == Permission.TRADING and calls.last_at >= since for calls in profile.accepted)


def _active_days(keys: Iterable[ApiKey], now: datetime) -> dict[int, set[date]]:
    """Return the days with usage in the 28 days before the last use, for keys that aren't used any more."""
    last_days = {key.pk: key.last_used_at for key in keys if key.last_used_at and now - key.last_used_at >= QUIET}
    if not last_days:
        return {}
    since = midnight(min(last_days.values())) - BUSY_BEFORE
    rows = KeyUsage.objects.filter(key__in=last_days, outcome=ACCEPTED, starts_at__gte=since)
    found: dict[int, set[date]] = defaultdict(set)
    for key_id, starts_at in rows.order_by("key_id", "starts_at").values_list("key_id", "starts_at").distinct():
        if starts_at > midnight(last_days[key_id]) - BUSY_BEFORE:
            found[key_id].add(starts_at.date())
    return found


def _active_networks(
    keys: Iterable[ApiKey], profiles: Mapping[int, UsageProfile], now: datetime
) -> dict[int, dict[int, set[str]]]:
    """Return the networks in each ten minutes, for keys that were recently used from more than one network."""
    since = tens_since(now)
    travelled = [key.pk for key in keys if _recent_networks(profiles[key.pk], since) > 1]
    if not travelled:
        return {}
    rows = KeyUsage.objects.filter(
        key__in=travelled, outcome=ACCEPTED, resolution=Resolution.TEN_MINUTES, starts_at__gte=since
    ).exclude(address="")
    found: dict[int, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for key_id, starts_at, address in rows.order_by().values_list("key_id", "starts_at", "address").distinct():
        found[key_id][int(starts_at.timestamp()) // BUCKET_SECONDS].add(str(network_of(address)))
    return found


def _recent_networks(profile: UsageProfile, since: datetime) -> int:
    return len({calls.network for calls in profile.accepted if calls.last_at >= since})
