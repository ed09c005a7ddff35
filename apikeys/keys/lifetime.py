"""How long a key can last, and the messages about it."""

from datetime import UTC, date, datetime, time, timedelta

from django.core.exceptions import ValidationError
from django.utils import timezone

from apikeys.models import MAX_LIFETIME

AT_MOST = f"a key lives at most {MAX_LIFETIME.days} days"


def check(expires_at: datetime, now: datetime) -> None:
    """Raise ValidationError if a key can't expire at this time."""
    if expires_at <= now:
        raise ValidationError({"expires_at": "Choose a time in the future."})
    last = now + MAX_LIFETIME
    if expires_at > last:
        raise ValidationError({"expires_at": f"A{AT_MOST[1:]}: choose {last:%Y-%m-%d %H:%M} UTC or earlier."})


def last_day(today: date) -> date:
    return today + MAX_LIFETIME


def end_of(day: date, today: date) -> datetime:
    """Return the end of a day in the trader's time zone. Raises ValidationError if a key can't expire on it."""
    if not today <= day <= last_day(today):
        raise ValidationError({"expires_at": f"Choose a day from today to {last_day(today):%-d %b %Y}: {AT_MOST}."})
    # The next day's first moment, as an instant: where clocks go back at midnight, 23:59 comes twice, and where they go
    # forward there is no midnight.
    end = timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min)).astimezone(UTC)
    return min(end, timezone.now() + MAX_LIFETIME)
