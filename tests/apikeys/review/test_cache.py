"""Pages with many keys are as fast as with few, and up to date."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apikeys.keys import deletion, leak_response
from apikeys.models import ApiKey
from apikeys.review import cache
from apikeys.usage import recorder as usage_recorder
from tests.support.browser_client import KEYS, TraderBrowser, text
from tests.support.factories import make_trader, owner
from tests.support.risky_keys import DAY, aged
from tests.support.usage_data import use

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
REVIEW = f"{KEYS}review/"


@pytest.fixture(autouse=True)
def frozen() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def trader_with(keys: int) -> User:
    """Return a trader with this many sound keys."""
    user = make_trader()
    made = [aged(2 * DAY, user.account).key for _ in range(keys)]
    for key in made:
        use(key, NOW - DAY, required="trading")
    usage_recorder.flush()
    return user


def key_of(user: User) -> ApiKey:
    return user.account.keys.latest("pk")


def queries_of(user: User, path: str) -> int:
    browser = TraderBrowser(user)
    browser.get(path)
    with CaptureQueriesContext(connection) as asked:
        browser.get(path)
    return len(asked)


@pytest.mark.parametrize(("path", "most"), [(KEYS, 14), (REVIEW, 10)])
def test_number_of_queries_does_not_grow_with_keys(path: str, most: int) -> None:
    few, many = queries_of(trader_with(5), path), queries_of(trader_with(cache.MANY_KEYS), path)
    assert 0 < many <= few <= most


def test_change_to_one_of_many_keys_is_visible_at_once() -> None:
    user = trader_with(cache.MANY_KEYS)
    browser, key = TraderBrowser(user), key_of(user)
    before = "The secret was exposed." in text(browser.get(REVIEW))
    leak_response.pause_leaked(key, reason="Its secret was reported as leaked.")
    assert (before, "The secret was exposed." in text(browser.get(REVIEW))) == (False, True)


def test_findings_from_new_requests_are_visible_within_a_minute(frozen: time_machine.Traveller) -> None:
    user = trader_with(cache.MANY_KEYS)
    browser = TraderBrowser(user)
    browser.get(REVIEW)
    use(key_of(user), NOW, address="192.0.2.9", outcome="address_not_allowed")
    usage_recorder.flush()
    frozen.shift(timedelta(seconds=61))
    assert "Someone used the right secret" in text(browser.get(REVIEW))


def test_cache_is_bounded() -> None:
    review = cache.decisions.Review([], [])
    cache._reviews.update({-number: cache.Remembered(review, (0, 0), NOW) for number in range(100)})
    user = trader_with(cache.MANY_KEYS)
    TraderBrowser(user).get(REVIEW)
    assert len(cache._reviews) == cache.MOST_REMEMBERED


def test_deleted_key_leaves_the_review_at_once() -> None:
    user = trader_with(cache.MANY_KEYS)
    leak_response.pause_leaked(key_of(user), reason="Its secret was reported as leaked.")
    browser = TraderBrowser(user)
    before = "The secret was exposed." in text(browser.get(REVIEW))
    deletion.revoke(key_of(user), by=owner(user))
    assert (before, "The secret was exposed." in text(browser.get(REVIEW))) == (True, False)
