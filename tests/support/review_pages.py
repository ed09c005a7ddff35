"""The URLs and contents of the review pages."""

from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import User

from apikeys.models import ApiKey
from tests.support.browser_client import TraderBrowser
from tests.support.html_forms import sent_as_it_is

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
REVIEW = "/portfolio/api-keys/review/"
ALL = f"{REVIEW}all/"


def key_of(trader: User, name: str) -> ApiKey:
    return trader.account.keys.get(name=name)


def path(key: ApiKey, code: str, verb: str) -> str:
    return f"/portfolio/api-keys/{key.pk}/{code}/{verb}/"


def said(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def click(browser: TraderBrowser, key: ApiKey, code: str, verb: str, page: Any = None, **typed: str) -> Any:
    """Open Review, and send the form of a finding on it. `page` was opened earlier."""
    return browser.post(path(key, code, verb), shown(page or browser.get(REVIEW), key, code, verb) | typed)


def dismiss(browser: TraderBrowser, key: ApiKey, code: str, page: Any = None, **typed: str) -> Any:
    """Open the modal that dismisses a finding, and send it. `page` is a modal that was opened earlier."""
    url = path(key, code, "dismiss")
    return browser.post(url, sent_as_it_is(page or browser.get(url), url) | typed)


def shown(page: Any, key: ApiKey, code: str, verb: str) -> dict[str, Any]:
    return sent_as_it_is(page, path(key, code, verb))
