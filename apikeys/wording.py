"""How findings write numbers, times and lists."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.template.defaultfilters import pluralize

from apikeys.review.usage_profile import Calls

MOST_NAMED = 5


def total(calls: Iterable[Calls]) -> int:
    return sum(entry.calls for entry in calls)


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{pluralize(number)}"


def ago(since: timedelta) -> str:
    return f"{counted(since.days, 'day')} ago"


def day(moment: datetime) -> str:
    return f"{moment:%-d %b %Y}"


def listed(words: Sequence[str]) -> str:
    if len(words) > MOST_NAMED:
        return f"{', '.join(words[:MOST_NAMED])} and {len(words) - MOST_NAMED} more"
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
