"""How sentences write numbers, times and lists."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.template.defaultfilters import pluralize

MOST_LISTED = 6


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{pluralize(number)}"


def ago(since: timedelta) -> str:
    return f"{counted(since.days, 'day')} ago"


def day(moment: datetime) -> str:
    return f"{moment:%-d %b %Y}"


def listed(words: Sequence[str], most: int = MOST_LISTED) -> str:
    """Write `a, b and c`, or the first ones `and 94 more`. Empty for no words."""
    if len(words) > most:
        return f"{', '.join(words[:most])} and {len(words) - most} more"
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
