"""Where the review pages are, and what they say."""

from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import User

from apikeys.models import ApiKey

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
REVIEW = "/portfolio/api-keys/review/"
ALL = f"{REVIEW}all/"


def key_of(trader: User, name: str) -> ApiKey:
    return trader.account.keys.get(name=name)


def path(key: ApiKey, code: str, verb: str) -> str:
    return f"/portfolio/api-keys/{key.pk}/{code}/{verb}/"


def said(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]
