from typing import Any

from django import template

from apikeys.models import Notification

register = template.Library()


@register.simple_tag(takes_context=True)
def unread_count(context: dict[str, Any]) -> int:
    """How many notices wait for the trader: one count of an index of the unread ones."""
    return Notification.objects.filter(user=context["request"].user, read_at=None).count()
