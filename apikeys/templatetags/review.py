from typing import Any

from django import template

from apikeys.models import ApiKey
from apikeys.review import cache
from apikeys.review.findings import Finding

register = template.Library()


@register.simple_tag(takes_context=True)
def open_count(context: dict[str, Any]) -> int:
    """How many findings wait for the trader. The list is the score."""
    return len(cache.review_of(context["request"]).open)


@register.simple_tag(takes_context=True)
def findings_of(context: dict[str, Any], key: ApiKey) -> list[Finding]:
    """A key's open findings, the worst first."""
    return [finding for finding in cache.review_of(context["request"]).open if finding.key.pk == key.pk]
