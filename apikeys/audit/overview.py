"""What admins see first: what needs attention, keys by status, the most rejected keys, and the latest events."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max, Q, QuerySet, Sum

from apikeys.models import ApiKey, EventKind, KeyEvent, KeyUsage, Status

RECENT, DAY = timedelta(days=7), timedelta(hours=24)
MOST_SHOWN = 10
ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True)
class Overview:
    now: datetime
    leaked: QuerySet[ApiKey]  # with the time of the latest leak as `leaked_at`
    elsewhere: QuerySet[KeyEvent]
    statuses: list[tuple[Status, int]]
    rejected: list[Any]  # each with key, key__name, outcome and total
    events: QuerySet[KeyEvent]


def read(now: datetime) -> Overview:
    live = ApiKey.objects.live().filter(replaced_at=None)
    events = KeyEvent.objects.select_related("key", "actor")
    return Overview(
        now=now,
        leaked=live.filter(events__kind=EventKind.LEAKED)
        .select_related("account__user")
        .annotate(leaked_at=Max("events__at", filter=Q(events__kind=EventKind.LEAKED)))
        .order_by("-leaked_at")[:MOST_SHOWN],
        elsewhere=events.filter(kind=EventKind.ALERTED, at__gte=now - RECENT, key__revoked_at=None)[:MOST_SHOWN],
        statuses=[(status, ApiKey.objects.all().with_status(status, now).count()) for status in reversed(Status)],
        rejected=list(
            KeyUsage.objects.filter(starts_at__gte=now - DAY)
            .exclude(outcome=ACCEPTED)
            .values("key", "key__name", "outcome")
            .annotate(total=Sum("calls"))
            .order_by("-total")[:MOST_SHOWN]
        ),
        events=events[:MOST_SHOWN],
    )
