"""Events of decisions name networks, where they named the exact addresses that a finding told of."""

import ipaddress
import re
from typing import Any

from django.db import migrations

# How the finding "used from elsewhere" begins. What the trader gave as a reason stands behind it, and stays.
_SENTENCE = re.compile(r"Somebody called with the right secret from .*?(?:, which is not allowed\.|$)")


# A copy of what the product did when this migration was written, which later changes of the product must not change.

_ADDRESS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*")
_WORD = re.compile(r"[^\s,]*[^\s,.]")  # without the full stop of its sentence
_AGAIN = re.compile(r"([^\s,]+/\d+)(?:(?:, | and )\1(?!\w))+")


def coarse_address(text: str) -> str:
    """Write an address as its network. What is no address, a network among them, stays."""
    if not _ADDRESS.fullmatch(text):
        return text
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return text
    address = getattr(address, "ipv4_mapped", None) or address
    return str(ipaddress.ip_network((address, 24 if address.version == 4 else 48), strict=False))


def coarse_text(text: str) -> str:
    """Write a text with the network in the place of each address, once where neighbours in a list share it."""
    return _AGAIN.sub(r"\1", _WORD.sub(lambda word: coarse_address(word[0]), text))


def name_networks(apps: Any, schema_editor: Any) -> None:
    events = apps.get_model("apikeys", "KeyEvent").objects.using(schema_editor.connection.alias)
    told = events.filter(kind__in=["snoozed", "accepted", "reopened"], reason__startswith="Somebody called with")
    for event in told.iterator():
        reason = _SENTENCE.sub(lambda sentence: coarse_text(sentence[0]), event.reason, count=1)
        events.filter(pk=event.pk).update(reason=reason[:300])


class Migration(migrations.Migration):
    dependencies = [
        ("apikeys", "0006_events_append_only_everywhere"),
    ]

    operations = [
        migrations.RunPython(name_networks, migrations.RunPython.noop),
    ]
