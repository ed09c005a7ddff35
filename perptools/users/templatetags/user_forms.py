"""Template tags for allauth's forms."""

from textwrap import wrap

from django import template
from django.forms import BaseForm

register = template.Library()


@register.simple_tag
def start_typing(form: BaseForm) -> str:
    """Focus the first invalid field, or the first one, and remove placeholders, which repeat the labels."""
    fields = form.visible_fields()
    for field in fields:
        field.field.widget.attrs.pop("placeholder", None)
    if fields:
        first = next((field for field in fields if field.errors), fields[0])
        first.field.widget.attrs["autofocus"] = True
    return ""


@register.filter
def fours(secret: str) -> list[str]:
    """Split a secret that is typed by hand into groups of four."""
    return wrap(secret, 4)
