from django import template
from django.utils import timezone

from apikeys.audit import overview

register = template.Library()


@register.simple_tag
def admin_overview() -> overview.Overview:
    return overview.read(timezone.now())
