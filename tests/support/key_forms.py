"""The forms on the key pages, filled in, and their URLs."""

import re
from datetime import timedelta
from typing import Any

from django.utils import timezone

from apikeys.models import ApiKey
from tests.support.browser_client import KEYS, form

NEW = f"{KEYS}new/"
VERBS = ["edit", "pause", "resume", "regenerate", "delete"]


def names(page: Any) -> list[str]:
    return re.findall(r'<a class="name"[^>]*><bdi>([^<]+)</bdi></a>', page.content.decode())


def url(key: ApiKey, verb: str) -> str:
    return f"{KEYS}{key.pk}/{verb}/"


def edit_form(key: ApiKey, **changes: Any) -> dict[str, Any]:
    kept = {"name": "grid bot", "address_rule": "list", "networks": "203.0.113.7", "expires_in": "keep"}
    return form(**kept | {"kind": None, "idempotency_key": None} | opened(key) | changes)


def regenerate_form(key: ApiKey, **changes: Any) -> dict[str, Any]:
    return form(**{"overlap": "0"} | opened(key) | changes)


def opened(key: ApiKey) -> dict[str, Any]:
    """Return what a form for a key contains when it is opened now."""
    return {"last_event": newest.pk if (newest := key.events.order_by("pk").last()) else 0}


def revealed(answer: Any) -> str:
    found = re.search(r'data-json="(?:secret|token)">(?:<[^>]+>)?([^<]+)<', answer.content.decode())
    assert found
    return found[1]


def used(key: ApiKey, ago: timedelta) -> None:
    key.last_used_at, key.last_used_client = timezone.now() - ago, "ccxt"
    key.save()
