"""A trader with years of usage, as it is after nightly rollups."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.utils import timezone

from apikeys.models import AddressRule, ApiKey, KeyUsage, Kind, Purpose, Resolution
from apikeys.usage.buckets import ACCEPTED, midnight
from apikeys.usage.rollup import KEPT, STEPS
from tests.support.factories import make_trader

TEN, HOUR, DAY = timedelta(minutes=10), timedelta(hours=1), timedelta(days=1)
STEP = {Resolution.TEN_MINUTES: TEN, Resolution.HOUR: HOUR, Resolution.DAY: DAY, Resolution.NETWORK_DAY: DAY}
BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Span:
    """The time range in which usage has one resolution."""

    resolution: Resolution
    since: datetime
    until: datetime

    def moments(self) -> Iterator[datetime]:
        moment = self.since
        while moment < self.until:
            yield moment
            moment += STEP[self.resolution]


def spans(now: datetime) -> list[Span]:
    today = midnight(now)
    begins = {Resolution.TEN_MINUTES: now, **{resolution: today - age for resolution, age in reversed(STEPS)}}
    ends = [*list(begins.values())[1:], today - KEPT]
    return [Span(resolution, since, until) for (resolution, until), since in zip(begins.items(), ends, strict=True)]


def trader_with_a_past(*, keys: int, calls: int) -> User:
    """Create a trader whose keys were used around the clock for as long as usage is kept, each by one program."""
    user, now = make_trader(), timezone.now()
    moments = [(span.resolution, moment) for span in spans(now) for moment in span.moments()]
    each = max(1, calls // keys // len(moments))
    for key in _keys(user, keys, now):
        KeyUsage.objects.bulk_create(
            (_usage(key, resolution, moment, each) for resolution, moment in moments), batch_size=BATCH
        )
    return user


def _keys(user: User, count: int, now: datetime) -> list[ApiKey]:
    return ApiKey.objects.bulk_create(
        ApiKey(
            account=user.account,
            kind=Kind.SIGNING,
            public_id=f"ed25519:{user.pk}-{number}",
            name=f"bot {number}",
            purpose=Purpose.TRADING,
            can_read=True,
            can_trade=True,
            address_rule=AddressRule.LIST,
            networks="203.0.113.0/24",
            created_at=now - timedelta(days=100),
            reviewed_at=now,
            expiry_set_at=now,
            expires_at=now + timedelta(days=100),
            last_used_at=now,
        )
        for number in range(count)
    )


def _usage(key: ApiKey, resolution: Resolution, moment: datetime, calls: int) -> KeyUsage:
    return KeyUsage(
        key=key,
        resolution=resolution,
        starts_at=moment,
        address="203.0.113.0/24" if resolution == Resolution.NETWORK_DAY else "203.0.113.7",
        client="ccxt" if resolution == Resolution.NETWORK_DAY else "ccxt/4.5.64",
        required="trading",
        outcome=ACCEPTED,
        calls=calls,
    )
