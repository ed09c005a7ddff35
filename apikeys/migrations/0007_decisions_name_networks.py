"""Events of decisions name networks, where they named the exact addresses that a finding told of."""

import re
from typing import Any

from django.db import migrations

from apikeys.network.anonymization import coarse_text

# How `health.used_elsewhere` begins. What the trader gave as a reason stands behind it, and stays.
_SENTENCE = re.compile(r"Somebody called with the right secret from .*?(?:, which is not allowed\.|$)")


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
