"""A key's usage for its page: requests by hour and by day, and why some were rejected."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Case, Max, Sum, Value, When

from apikeys.http.errors import (
    AddressNotAllowed,
    KeyExpired,
    KeyPaused,
    KeyRevoked,
    OwnerInactive,
    PermissionMissing,
    ReplayedRequest,
    StaleTimestamp,
    TooManyRequests,
)
from apikeys.models import ApiKey, KeyUsage
from apikeys.network.client_ip import UNKNOWN_IN_WORDS
from apikeys.usage.buckets import ACCEPTED, exact_since, midnight

TEN_MINUTES, HOUR, DAY = timedelta(minutes=10), timedelta(hours=1), timedelta(days=1)
REJECTIONS_SHOWN = 20
CHART_WIDTH, CHART_HEIGHT, GAP = 600, 120, 2


@dataclass(frozen=True, slots=True)
class Bar:
    """One hour or day of a chart, and where it is drawn."""

    starts_at: datetime
    accepted: int
    rejected: int
    x: float
    width: float
    accepted_height: float
    rejected_height: float

    @property
    def accepted_top(self) -> float:
        return CHART_HEIGHT - self.accepted_height

    @property
    def rejected_top(self) -> float:
        return self.accepted_top - self.rejected_height


@dataclass(frozen=True, slots=True)
class Chart:
    title: str
    bars: list[Bar]
    highest: int
    unit: str
    date_format: str  # of Django's `date` filter
    width: int = CHART_WIDTH
    height: int = CHART_HEIGHT

    @property
    def accepted(self) -> int:
        return sum(bar.accepted for bar in self.bars)

    @property
    def rejected(self) -> int:
        return sum(bar.rejected for bar in self.bars)


@dataclass(frozen=True, slots=True)
class Rejection:
    """Rejected requests with the same reason, IP address, program and missing permission."""

    outcome: str
    required: str
    address: str
    client: str
    calls: int
    last_at: datetime

    @property
    def sentence(self) -> str:
        return sentence(self.outcome, self.required, self.address)


def sentence(outcome: str, required: str, address: str) -> str:
    """Say why requests were rejected."""
    return SENTENCES.get(outcome, "Rejected: {outcome}.").format(
        address=address or UNKNOWN_IN_WORDS, required=required, outcome=outcome.replace("_", " ")
    )


SENTENCES = {
    AddressNotAllowed.reason: "Used from {address}, which wasn’t allowed.",
    PermissionMissing.reason: "Needed the {required} permission, which this key didn’t have.",
    KeyPaused.reason: "Used from {address} while paused.",
    KeyExpired.reason: "Used from {address} after it expired.",
    KeyRevoked.reason: "Used from {address} after it was deleted.",
    OwnerInactive.reason: "Used while the account was deactivated.",
    StaleTimestamp.reason: "Signed with a clock that is more than 300 seconds off, from {address}.",
    ReplayedRequest.reason: "The same signed request was sent twice, from {address}.",
    TooManyRequests.reason: "Exceeded its rate limit, from {address}.",
}


def charts(key: ApiKey, now: datetime) -> list[Chart]:
    """Draw the last 24 hours by the hour and the last 30 days by the day, in UTC as usage is counted."""
    hour, day = now.replace(minute=0, second=0, microsecond=0), midnight(now)
    rows = list(
        KeyUsage.objects.filter(key=key, starts_at__gte=day - 29 * DAY)
        .values_list("starts_at", "outcome")
        .order_by("starts_at")
        .annotate(total=Sum("calls"))
    )
    return [
        _chart("Last 24 hours", "hour", "H:i", [hour - back * HOUR for back in range(23, -1, -1)], HOUR, rows),
        _chart("Last 30 days", "day", "j M", [day - back * DAY for back in range(29, -1, -1)], DAY, rows),
    ]


def _chart(
    title: str,
    unit: str,
    date_format: str,
    starts: list[datetime],
    step: timedelta,
    rows: Iterable[tuple[datetime, str, int]],
) -> Chart:
    accepted: Counter[int] = Counter()
    rejected: Counter[int] = Counter()
    for starts_at, outcome, calls in rows:
        (accepted if outcome == ACCEPTED else rejected)[(starts_at - starts[0]) // step] += calls
    highest = max(accepted[place] + rejected[place] for place in range(len(starts)))
    scale, slot = CHART_HEIGHT / max(highest, 1), CHART_WIDTH / len(starts)
    bars = [
        Bar(start, accepted[n], rejected[n], n * slot + GAP / 2, slot - GAP, accepted[n] * scale, rejected[n] * scale)
        for n, start in enumerate(starts)
    ]
    return Chart(title, bars, highest, unit, date_format)


def rejections(key: ApiKey, now: datetime) -> list[Rejection]:
    """List the rejected requests while usage has exact IP addresses, latest first."""
    rows = (
        KeyUsage.objects.filter(key=key, starts_at__gte=exact_since(now))
        .exclude(outcome=ACCEPTED)
        .annotate(missing=Case(When(outcome=PermissionMissing.reason, then="required"), default=Value("")))
        .values_list("outcome", "missing", "address", "client")
        .annotate(total=Sum("calls"), last_at=Max("starts_at"))
        .order_by("-last_at", "-total")[:REJECTIONS_SHOWN]
    )
    return [
        Rejection(outcome, required, address, client, calls, min(starts_at + TEN_MINUTES, now))
        for outcome, required, address, client, calls, starts_at in rows
    ]
