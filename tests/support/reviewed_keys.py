"""Keys that were created and edited some time ago, and their findings."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine
from django.contrib.auth.models import User

from apikeys.keys import editing
from apikeys.keys.validation import KeySettings
from apikeys.models import ApiKey, Purpose
from apikeys.review import reviewer
from apikeys.review.findings import Code, Finding
from apikeys.usage import recorder as usage_recorder
from apikeys.usage import rollup
from tests.support.factories import BOTH, make_key, owner

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DAY, HOUR, TEN = timedelta(days=1), timedelta(hours=1), timedelta(minutes=10)


def made(age: timedelta, **changes: Any) -> ApiKey:
    """Create a trading key of this age, restricted to the tests' IP address. Its owner has just signed in."""
    wanted: dict[str, Any] = {
        "permissions": BOTH,
        "purpose": Purpose.TRADING,
        "networks": "203.0.113.0/24,198.51.100.0/24",
        "expires_at": NOW - age + 365 * DAY,
    }
    with time_machine.travel(NOW - age, tick=False):
        key = make_key(**wanted | changes).key
    User.objects.filter(account=key.account).update(last_login=NOW)
    return key


def found(key: ApiKey) -> dict[Code, Finding]:
    usage_recorder.flush()
    rollup.roll_up(NOW)
    keys = ApiKey.objects.filter(pk=key.pk).select_related("account__user")
    return {finding.code: finding for finding in reviewer.review(keys, NOW)}


def edit(key: ApiKey, at: datetime, **changes: Any) -> None:
    with time_machine.travel(at, tick=False):
        key.refresh_from_db()
        editing.edit(key, replace(KeySettings.of(key), **changes), by=owner(key.account.user))
