"""Notifications keep the IP addresses that they are about in a column, and no longer in a sentence."""

import ipaddress
from typing import Any

from django.db import migrations, models

# A copy of what the sentences looked like when this migration was written.
UNKNOWN = {"an unknown address": "", "unknown": ""}


def read_addresses(listed: str) -> list[str] | None:
    """Return the addresses and networks of a list such as `203.0.113.7, 2001:db8:1::/48.`, None if it isn't one."""
    addresses = [UNKNOWN.get(one, one) for one in listed.removesuffix(".").split(", ")]
    try:
        for address in filter(None, addresses):
            ipaddress.ip_network(address, strict=False)
    except ValueError:
        return None
    return addresses


def split(text: str) -> tuple[str, list[str]]:
    """Take the line with the IP addresses out of a text: the first one that begins so, or the last one."""
    lines = text.split("\n")
    for number, prefix in ((0, "Refused: "), (len(lines) - 1, "From ")):
        line = lines[number]
        if line.startswith(prefix) and (addresses := read_addresses(line.removeprefix(prefix))) is not None:
            return "\n".join(lines[:number] + lines[number + 1 :]), addresses
    return text, []


def move_addresses(apps: Any, schema_editor: Any) -> None:
    notifications = apps.get_model("apikeys", "Notification").objects.using(schema_editor.connection.alias)
    for notification in notifications.filter(addresses__isnull=True).order_by("pk").iterator():
        text, addresses = split(notification.text)
        notifications.filter(pk=notification.pk).update(text=text, addresses=addresses)


class Migration(migrations.Migration):
    dependencies = [
        ("apikeys", "0010_plain_names"),
    ]

    operations = [
        migrations.AddField(
            model_name="notification",
            name="addresses",
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.RunPython(move_addresses, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="notification",
            name="addresses",
            field=models.JSONField(blank=True, default=list, null=True),
        ),
    ]
