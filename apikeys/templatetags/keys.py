from datetime import datetime, timedelta

from django import template
from django.template.defaultfilters import pluralize
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apikeys.crypto import credentials
from apikeys.models import EXPIRING_SOON, ApiKey, Status

register = template.Library()

UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60))
VERY_NEAR = timedelta(days=3)


@register.simple_tag
def icon(name: str) -> SafeString:
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>', static("img/icons.svg"), name
    )


@register.filter
def mask(public_id: str) -> str:
    return credentials.mask(public_id)


@register.filter
def local_time(when: datetime) -> SafeString:
    return format_html('<time datetime="{}">{}</time>', when.isoformat(), plain_local_time(when))


@register.filter
def plain_local_time(when: datetime) -> str:
    """Write a time in the trader's time zone, and name the zone."""
    return f"{timezone.localtime(when):%-d %b %Y, %H:%M %Z}"


@register.filter
def relative(when: datetime, now: datetime) -> str:
    """Write how far away a time is, in its largest unit: `in 12 days`, `3 hours ago`."""
    seconds = (when - now).total_seconds()
    for unit, length in UNITS:
        if abs(seconds) >= length:
            count = round(abs(seconds) / length)
            distance = f"{count} {unit}{pluralize(count)}"
            return f"in {distance}" if seconds > 0 else f"{distance} ago"
    return "in less than a minute" if seconds > 0 else "just now"


@register.filter
def nearness(when: datetime, now: datetime) -> str:
    """Return the CSS class of an expiration: a warning if it is near."""
    if when - now <= VERY_NEAR:
        return "danger-text"
    return "warning" if when - now <= EXPIRING_SOON else "muted"


@register.filter
def status(key: ApiKey, now: datetime) -> Status:
    return key.status(now)


@register.filter
def status_text(key: ApiKey, now: datetime) -> str:
    found = key.status(now)
    if key.replaced_at and found.can_call:
        return "Replaced"
    return f"Expiring {relative(key.expires_at, now)}" if found == Status.EXPIRING else found.label


@register.filter
def permission_type(key: ApiKey) -> str:
    return ", ".join(permission.title() for permission in sorted(key.permissions))
