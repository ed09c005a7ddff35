"""Splitting a shared key."""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
from django.contrib.auth.models import User

from apikeys.keys import deletion, editing, pausing
from apikeys.keys.validation import KeySettings
from apikeys.models import ApiKey
from apikeys.usage import recorder as usage_recorder
from tests.support.browser_client import TraderBrowser, text
from tests.support.concurrency import at_once
from tests.support.factories import READ, make_key, owner
from tests.support.review_pages import NOW, key_of, path, shown
from tests.support.risky_keys import DAY, TEN, aged, risky_trader, share
from tests.support.usage_data import use

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]


def split_form(browser: TraderBrowser, key: ApiKey) -> dict[str, str]:
    return shown(browser.get(path(key, "shared", "split")), key, "shared", "split")


def test_split_creates_one_key_per_program_with_the_same_settings(trader: User) -> None:
    browser, key = TraderBrowser(trader), key_of(trader, "shared")
    browser.post(path(key, "shared", "split"), split_form(browser, key))
    made = [key_of(trader, "shared 1"), key_of(trader, "shared 2")]
    assert {(one.permissions, one.networks, one.expires_at, one.purpose) for one in made} == {
        (key.permissions, key.networks, key.expires_at, key.purpose)
    }


def test_split_reveals_each_secret_once(trader: User) -> None:
    browser, key = TraderBrowser(trader), key_of(trader, "shared")
    data = split_form(browser, key)
    first = browser.post(path(key, "shared", "split"), data)
    again = browser.post(path(key, "shared", "split"), data)
    secret = re.compile(r'<span class="secret" translate="no">ed25519:\w{44}<')
    assert [len(secret.findall(answer.content.decode())) for answer in (first, again)] == [2, 0]
    assert ("no-store" in first["Cache-Control"], trader.account.keys.filter(name__startswith="shared ").count()) == (
        True,
        2,
    )
    assert "exists already" in text(again)


def test_split_requires_a_recent_sign_in(trader: User) -> None:
    key = key_of(trader, "shared")
    browser = TraderBrowser(trader, recently=False)
    answer = browser.post(path(key, "shared", "split"), split_form(browser, key))
    assert ("Confirm your password" in text(answer), trader.account.keys.count()) == (True, 7)


def test_finding_is_snoozed_for_a_week_after_a_split(trader: User) -> None:
    browser, key = TraderBrowser(trader), key_of(trader, "shared")
    browser.post(path(key, "shared", "split"), split_form(browser, key))
    assert key.decisions.get().until == NOW + 7 * DAY


def test_names_of_a_split_are_unused_and_short_enough(trader: User) -> None:
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


# -- What changed after the form was opened --------------------------------------------------------------------------


def test_split_restores_no_access_that_was_removed(trader: User) -> None:
    browser, key = TraderBrowser(trader), key_of(trader, "shared")
    form = split_form(browser, key)
    wanted = replace(KeySettings.of(key), permissions=READ, networks="203.0.113.0/24")
    editing.edit(key, wanted, by=owner(trader))
    browser.post(path(key, "shared", "split"), form)
    made = trader.account.keys.filter(name__startswith="shared ")
    assert {(one.permissions, one.networks) for one in made} <= {(READ, "203.0.113.0/24")}


@pytest.mark.parametrize("act", [pausing.pause, deletion.revoke])
def test_stopped_key_is_not_split(trader: User, act: Callable[..., ApiKey]) -> None:
    browser, key = TraderBrowser(trader), key_of(trader, "shared")
    form = split_form(browser, key)
    act(key, by=owner(trader))
    browser.post(path(key, "shared", "split"), form)
    assert not trader.account.keys.filter(name__startswith="shared ").exists()


def test_changed_networks_are_shown_before_a_split(trader: User) -> None:
    browser, key = TraderBrowser(trader), key_of(trader, "shared")
    form = split_form(browser, key)
    for number in range(6):
        use(key, NOW - number * TEN, address="198.51.100.200", client="third/1")
        use(key, NOW - number * TEN, address="192.0.2.7", client="third/1")
    usage_recorder.flush()
    said = text(browser.post(path(key, "shared", "split"), form))
    assert ("Nothing was changed." in said, "for third, used from 192.0.2.0/24 and 198.51.100.0/24" in said) == (
        True,
        True,
    )
    assert not trader.account.keys.filter(name__startswith="shared ").exists()


def test_two_simultaneous_splits_create_keys_once(transactional_db: None) -> None:
    trader = risky_trader()
    key = key_of(trader, "shared")
    browsers = [TraderBrowser(trader) for _ in range(2)]
    form = split_form(browsers[0], key)
    answers = at_once(*(partial(browser.post, path(key, "shared", "split"), form) for browser in browsers))
    assert [answer.status_code for answer in answers] == [200, 200]
    assert trader.account.keys.filter(name__startswith="shared ").count() == 2
