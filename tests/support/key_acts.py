"""Helpers that edit and regenerate a key, and read its events."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.utils import timezone

from apikeys.audit.log import Actor
from apikeys.keys import editing, regeneration
from apikeys.keys.validation import KeySettings
from apikeys.models import ApiKey
from tests.support.factories import IssuedKey

YEAR = timedelta(days=365)


def events(key: ApiKey) -> list[str]:
    return list(key.events.order_by("id").values_list("kind", flat=True))


def edit(issued: IssuedKey, *, recently: bool = True, **changes: Any) -> ApiKey:
    user = issued.key.account.user
    wanted = replace(KeySettings.of(issued.key), **changes)
    return editing.edit(issued.key, wanted, by=Actor(user, recently_signed_in=recently))


def regenerate(
    issued: IssuedKey, *, overlap: timedelta = timedelta(0), days: int = 90, recently: bool = True
) -> ApiKey:
    return regeneration.regenerate(
        issued.key,
        expires_at=timezone.now() + timedelta(days=days),
        overlap=overlap,
        by=Actor(issued.key.account.user, recently_signed_in=recently),
    )[0]
