"""Splitting a shared key."""

import re

import pytest
from django.contrib.auth.models import User

from apikeys.models import ApiKey
from apikeys.usage import recorder as usage_recorder
from tests.support.browser_client import TraderBrowser, text
from tests.support.factories import make_key
from tests.support.review_pages import NOW, key_of, path
from tests.support.risky_keys import DAY, aged, share

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]


def split_form(browser: TraderBrowser, key: ApiKey) -> dict[str, str]:
    page = browser.get(path(key, "shared", "split")).content.decode()
    return {"submission": re.findall(r'name="submission" value="([0-9a-f-]+)"', page)[0]}


def test_a_split_makes_one_key_for_each_place_with_the_same_settings(trader: User) -> None:
    browser, key = TraderBrowser(trader), key_of(trader, "shared")
    browser.post(path(key, "shared", "split"), split_form(browser, key))
    made = [key_of(trader, "shared 1"), key_of(trader, "shared 2")]
    assert {(one.permissions, one.networks, one.expires_at, one.purpose) for one in made} == {
        (key.permissions, key.networks, key.expires_at, key.purpose)
    }


def test_a_split_reveals_each_secret_once(trader: User) -> None:
    browser, key = TraderBrowser(trader), key_of(trader, "shared")
    data = split_form(browser, key)
    first = browser.post(path(key, "shared", "split"), data)
    again = browser.post(path(key, "shared", "split"), data)
    secret = re.compile(r'<span class="secret">ed25519:\w{44}<')
    assert [len(secret.findall(answer.content.decode())) for answer in (first, again)] == [2, 0]
    assert ("no-store" in first["Cache-Control"], trader.account.keys.filter(name__startswith="shared ").count()) == (
        True,
        2,
    )
    assert "exists already" in text(again)


def test_a_split_takes_a_recent_sign_in(trader: User) -> None:
    key = key_of(trader, "shared")
    browser = TraderBrowser(trader, recently=False)
    answer = browser.post(path(key, "shared", "split"), split_form(browser, key))
    assert ("Confirm your password" in text(answer), trader.account.keys.count()) == (True, 7)


def test_after_a_split_there_is_a_week_to_move(trader: User) -> None:
    browser, key = TraderBrowser(trader), key_of(trader, "shared")
    browser.post(path(key, "shared", "split"), split_form(browser, key))
    assert key.decisions.get().until == NOW + 7 * DAY


def test_the_names_of_a_split_are_free_and_fit(trader: User) -> None:
    key = aged(10 * DAY, trader.account, name="x" * 64).key
    make_key(trader.account, name="x" * 62 + " 1")
    share(key, NOW)
    usage_recorder.flush()
    browser = TraderBrowser(trader)
    browser.post(path(key, "shared", "split"), split_form(browser, key))
    assert set(trader.account.keys.filter(name__startswith="xx").values_list("name", flat=True)) == {
        "x" * 64,
        *("x" * 62 + f" {number}" for number in (1, 2, 3)),
    }
