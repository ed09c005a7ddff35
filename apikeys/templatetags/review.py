from typing import Any

from django import template

from apikeys.models import ApiKey
from apikeys.review import cache
from apikeys.review.findings import Finding

register = template.Library()


@register.simple_tag(takes_context=True)
def open_count(context: dict[str, Any]) -> int:
    """Count the trader's open findings."""
    return len(cache.review_of(context["request"]).open)


@register.simple_tag(takes_context=True)
def findings_of(context: dict[str, Any], key: ApiKey) -> list[Finding]:
    """Return a key's open findings, worst first."""
    return cache.by_key(context["request"]).get(key.pk, [])
