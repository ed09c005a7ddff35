"""How pages write times, statuses, keys and buttons."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache

from django.template.defaultfilters import pluralize
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apikeys.crypto import credentials
from apikeys.models import EXPIRING_SOON, ApiKey, Kind, Status
from apikeys.wording import MOST_LISTED

UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60))
VERY_NEAR = timedelta(days=3)


@cache
def icon(name: str) -> SafeString:
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>', static("img/icons.svg"), name
    )


def copy_button(text: str, what: str, said: str) -> SafeString:
    """A button that copies a text, and then shows a message."""
    return format_html(
        '<button class="icon-button" type="button" data-copy="{}" data-message="{}" aria-label="Copy {}" data-needs-js>'
        "{}</button>",
        text,
        said,
        what,
        icon("copy"),
    )


def copy_key_id(key: ApiKey, of: str = "") -> SafeString:
    """A button that copies a key's ID. The message says that a bearer token's ID isn't the token."""
    if key.kind == Kind.BEARER:
        return copy_button(key_id(key), f"key ID{of}", "Key ID copied. This is not the token.")
    return copy_button(key_id(key), f"API key{of}", "API key copied")


def key_id(key: ApiKey) -> str:
    return credentials.key_id(key.public_id)


def mask(public_id: str) -> str:
    return credentials.mask(public_id)


def local_time(when: datetime) -> SafeString:
    return format_html('<time datetime="{}">{}</time>', when.isoformat(), plain_local_time(when))


def local_date(when: datetime) -> SafeString:
    """Write a date in the trader's time zone. Its tooltip has the time."""
    date = f"{timezone.localtime(when):%-d %b %Y}"
    return format_html('<time datetime="{}" title="{}">{}</time>', when.isoformat(), plain_local_time(when), date)


def plain_local_time(when: datetime) -> str:
    """Write a time in the trader's time zone, and name the zone."""
    return f"{timezone.localtime(when):%-d %b %Y, %H:%M %Z}"


def relative(when: datetime, now: datetime) -> str:
    """Write how far away a time is, in its largest unit: `in 12 days`, `3 hours ago`."""
    seconds = (when - now).total_seconds()
    for unit, length in UNITS:
        if abs(seconds) >= length:
            count = round(abs(seconds) / length)
            distance = f"{count} {unit}{pluralize(count)}"
            return f"in {distance}" if seconds > 0 else f"{distance} ago"
    return "in less than a minute" if seconds > 0 else "just now"


def nearness(when: datetime, now: datetime) -> str:
    """Return the CSS class of an expiration: a warning if it is near."""
    if when - now <= VERY_NEAR:
        return "danger-text"
    return "warning" if when - now <= EXPIRING_SOON else "muted"


def addresses(listing: Sequence[str]) -> SafeString:
    """Write some IP addresses or networks in the font for code. Of many, write the first ones and a count."""
    shown = format_html('<code translate="no">{}</code>', ", ".join(listing[:MOST_LISTED]))
    more = len(listing) - MOST_LISTED
    return format_html("{} and {} more", shown, more) if more > 0 else shown


def status(key: ApiKey, now: datetime) -> Status:
    return key.status(now)


def status_text(key: ApiKey, now: datetime) -> str:
    found = key.status(now)
    if key.replaced_at and found.can_call:
        return "Replaced"
    return f"Expiring {relative(key.expires_at, now)}" if found == Status.EXPIRING else found.label


def permission_type(key: ApiKey) -> str:
    return ", ".join(permission.title() for permission in sorted(key.permissions))
