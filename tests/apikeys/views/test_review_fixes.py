"""Fixing a finding: what the page says a fix does is what it then does."""

import re
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User

from apikeys.audit import log as audit_log
from apikeys.models import ApiKey, EventKind
from apikeys.review import decisions, fixes
from apikeys.review.findings import Fix
from apikeys.usage import recorder as usage_recorder
from tests.support.browser_client import TraderBrowser, text
from tests.support.factories import BOTH, READ, TRADING
from tests.support.review_pages import NOW, REVIEW, key_of, path, said
from tests.support.risky_keys import BOT, DAY, HOUR, OFFICE, aged
from tests.support.usage_data import use

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]


def test_one_click_makes_a_key_read_only(trader: User) -> None:
    key = key_of(trader, "only reads")
    TraderBrowser(trader, recently=False).post(path(key, "unused_trading", "fix/read_only"))
    key.refresh_from_db()
    assert (key.permissions, key.events.first().kind) == (READ, EventKind.EDITED)  # type: ignore[union-attr]


def test_one_click_locks_a_key_to_where_it_was_used_from(trader: User) -> None:
    key = key_of(trader, "open")
    TraderBrowser(trader, recently=False).post(path(key, "any_address", "fix/lock"))
    key.refresh_from_db()
    assert (key.address_rule, key.networks) == ("list", "203.0.113.0/24")


def test_one_click_pauses_a_key(trader: User) -> None:
    key = key_of(trader, "forgotten")
    answer = TraderBrowser(trader, recently=False).post(path(key, "never_used", "fix/pause"))
    key.refresh_from_db()
    assert (answer.url, key.paused_at) == (REVIEW, NOW)


def test_a_fixed_finding_is_gone(trader: User) -> None:
    browser = TraderBrowser(trader)
    browser.post(path(key_of(trader, "forgotten"), "never_used", "fix/pause"))
    assert "Review 5 open findings" in text(browser.get(REVIEW))


def test_a_key_that_only_trades_takes_a_recent_sign_in_to_read_instead() -> None:
    key = aged(20 * DAY, permissions=TRADING).key
    use(key, NOW - HOUR, need="any_key", calls=50)
    usage_recorder.flush()
    answer = TraderBrowser(key.account.user, recently=False).post(path(key, "unused_trading", "fix/read_only"))
    assert "Confirm your password" in text(answer)


@pytest.mark.parametrize("verb", ["delete", "regenerate", "nonsense"])
def test_what_is_no_fix_of_a_click_is_no_page(trader: User, verb: str) -> None:
    key = key_of(trader, "leaked")
    assert TraderBrowser(trader).post(path(key, "exposed", f"fix/{verb}")).status_code == 404


def test_a_fix_that_the_finding_does_not_offer_is_not_done(trader: User) -> None:
    key = key_of(trader, "only reads")
    TraderBrowser(trader).post(path(key, "unused_trading", "fix/pause"))
    key.refresh_from_db()
    assert key.paused_at is None


def test_a_fix_of_what_is_settled_changes_nothing(trader: User) -> None:
    key, browser = key_of(trader, "only reads"), TraderBrowser(trader)
    for _ in range(2):
        browser.post(path(key, "unused_trading", "fix/read_only"))
    assert said(browser.get(REVIEW))[-1] == "That was settled meanwhile"


def test_a_fix_by_get_only_asks(trader: User) -> None:
    key = key_of(trader, "open")
    page = text(TraderBrowser(trader).get(path(key, "any_address", "fix/lock")))
    key.refresh_from_db()
    assert ("0 of 40 calls in 30 days would have been refused." in page, key.networks) == (True, "")


def test_an_edit_of_a_moment_ago_survives_a_fix(trader: User) -> None:
    key = key_of(trader, "open")
    [finding] = decisions.review([key], NOW).open
    by = audit_log.Actor(trader, recently_signed_in=True)
    ApiKey.objects.filter(pk=key.pk).update(can_trade=False)
    fixes.apply(Fix.LOCK, finding, by=by)
    key.refresh_from_db()
    assert (key.permissions, key.networks) == (READ, "203.0.113.0/24")


CALLS = [
    ("GET", "/v1/client/holding", OFFICE),
    ("GET", "/v1/orders", BOT),
    ("GET", "/v1/whoami", OFFICE),
    ("POST", "/v1/client/leverage", OFFICE),
    ("GET", "/v1/client/holding", "2001:db8:1::5"),
]


@pytest.mark.parametrize(
    ("code", "verb", "changes"),
    [
        ("monitoring_trades", "read_only", {"purpose": "monitoring", "networks": ""}),
        ("any_address", "lock", {"networks": ""}),
        ("wide_network", "lock", {"networks": "203.0.0.0/8,198.51.100.0/24,2001::/16"}),
    ],
)
def test_a_replay_says_what_the_gate_then_does(code: str, verb: str, changes: dict[str, Any]) -> None:
    held = aged(20 * DAY, permissions=BOTH, **changes)
    with time_machine.travel(NOW - HOUR, tick=False):
        assert make_calls(held) == 0
        usage_recorder.flush()
    browser = TraderBrowser(held.key.account.user)
    page = browser.get(REVIEW).content.decode()
    [promised] = re.findall(rf'data-replay="{verb}">.*?<strong>(\d) of 5 calls', page)
    browser.post(path(held.key, code, f"fix/{verb}"))
    assert make_calls(held) == int(promised)


def make_calls(held: Any) -> int:
    """Make the calls, and count those that the gate refuses."""
    statuses = []
    for method, target, address in CALLS:
        body = {"symbol": "PERP_ETH_USDC", "leverage": 5} if method == "POST" else b""
        statuses.append(held.client(REMOTE_ADDR=address).request(method, target, body).status_code)
    return statuses.count(403)
