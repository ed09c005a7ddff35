from typing import Any

from django import template

from apikeys.review import cache

register = template.Library()


@register.simple_tag(takes_context=True)
def open_count(context: dict[str, Any]) -> int:
    """Count the trader's open findings."""
    return len(cache.review_of(context["request"]).open)
