from typing import Any

from django import template

from apikeys.models import Notification

register = template.Library()


@register.simple_tag(takes_context=True)
def unread_count(context: dict[str, Any]) -> int:
    """Count the trader's unread notifications, which an index covers."""
    return Notification.objects.filter(user=context["request"].user, read_at=None).count()
