"""Short ways to edit and regenerate a key, and to read what happened to it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.utils import timezone

from apikeys.audit.log import Actor
from apikeys.keys import editing, regeneration
from apikeys.keys.validation import KeySettings
from apikeys.models import ApiKey
from tests.support.factories import HeldKey

YEAR = timedelta(days=365)


def events(key: ApiKey) -> list[str]:
    return list(key.events.order_by("id").values_list("kind", flat=True))


def edit(held: HeldKey, *, recently: bool = True, **changes: Any) -> ApiKey:
    user = held.key.account.user
    wanted = replace(KeySettings.of(held.key), **changes)
    return editing.edit(held.key, wanted, by=Actor(user, recently_signed_in=recently))


def regenerate(held: HeldKey, *, overlap: timedelta = timedelta(0), days: int = 90, recently: bool = True) -> ApiKey:
    return regeneration.regenerate(
        held.key,
        expires_at=timezone.now() + timedelta(days=days),
        overlap=overlap,
        by=Actor(held.key.account.user, recently_signed_in=recently),
    )[0]
