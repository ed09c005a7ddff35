"""For another user's object, every page with an ID in its URL answers exactly as for an unknown one.

The pages are read from the URL configuration, so new ones are included.
"""

import re
from collections.abc import Iterator

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.urls import URLPattern, URLResolver, get_resolver

from perptools.trading.paper import orders as paper_orders
from tests.perptools.trading.order_requests import buy
from tests.support.browser_client import TraderBrowser
from tests.support.factories import make_key, make_trader

pytestmark = pytest.mark.django_db

NEVER = 987_654_321
# Other parts of URLs, valid for one's own objects.
BESIDE = {"code": "any_address", "verb": "pause"}


def patterns(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from patterns(entry, route)
        elif isinstance(entry, URLPattern):
            yield route


OF_OBJECTS = re.compile(r"portfolio/.*<(\w+:)?(\w+_id|symbol)>")
ROUTES = sorted(route for route in patterns(get_resolver()) if OF_OBJECTS.match(route))


def foreign_ids(user: User) -> dict[str, object]:
    """Return another user's object for each name of an ID. New names need a line here."""
    TraderBrowser(user).get()
    paper_orders.place(user.account.pk, buy("0.01"))
    return {
        "key_id": make_key(user.account).key.pk,
        "session_id": UserSession.objects.get(user=user).pk,
        "order_id": paper_orders.place(user.account.pk, buy("0.01", "90000")).pk,
        "symbol": buy("0.01").symbol,  # a market where they have a position
    }


def address(route: str, ids: dict[str, object]) -> str:
    values = {**BESIDE, **{name: str(which) for name, which in ids.items()}}
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: values[found[1]], route)


def answers(browser: TraderBrowser, path: str) -> list[tuple[int, str]]:
    """Return the responses to GET and POST, without the CSRF token and the URL itself."""
    both = [browser.get(path), browser.post(path, {"password": "x"})]
    cleaned = [re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode()) for answer in both]
    return [(answer.status_code, body.replace(path, "")) for answer, body in zip(both, cleaned, strict=True)]


def test_there_are_pages_of_objects() -> None:
    assert len(ROUTES) >= 13


@pytest.mark.parametrize("route", ROUTES)
def test_other_users_objects_are_not_found(route: str) -> None:
    theirs = foreign_ids(make_trader())
    browser = TraderBrowser(make_trader())
    foreign = answers(browser, address(route, theirs))
    unknown = answers(browser, address(route, dict.fromkeys(theirs, NEVER)))
    assert foreign == unknown
    assert {status for status, _ in foreign} in ({404}, {404, 405})
