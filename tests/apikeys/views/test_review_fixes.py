"""Fixing a finding: a fix does what the page says."""

import re
from dataclasses import replace
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User

from apikeys.keys import editing
from apikeys.keys.validation import KeySettings
from apikeys.models import AddressRule, ApiKey, EventKind, Purpose
from apikeys.usage import recorder as usage_recorder
from tests.support.browser_client import TraderBrowser, text
from tests.support.factories import BOTH, READ, TRADING, owner
from tests.support.html_forms import sent_as_it_is
from tests.support.review_pages import NOW, REVIEW, click, key_of, path, said
from tests.support.risky_keys import BOT, DAY, HOUR, OFFICE, aged
from tests.support.usage_data import use

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]


def test_one_click_makes_a_key_read_only(trader: User) -> None:
    key = key_of(trader, "only reads")
    click(TraderBrowser(trader, recently=False), key, "unused_trading", "fix/read_only")
    key.refresh_from_db()
    assert (key.permissions, key.events.first().kind) == (READ, EventKind.EDITED)  # type: ignore[union-attr]


def test_one_click_locks_a_key_to_where_it_was_used_from(trader: User) -> None:
    key = key_of(trader, "open")
    click(TraderBrowser(trader, recently=False), key, "any_address", "fix/lock")
    key.refresh_from_db()
    assert (key.address_rule, key.networks) == ("list", "203.0.113.0/24")


def test_one_click_pauses_a_key(trader: User) -> None:
    key = key_of(trader, "forgotten")
    answer = click(TraderBrowser(trader, recently=False), key, "never_used", "fix/pause")
    key.refresh_from_db()
    assert (answer.url, key.paused_at) == (REVIEW, NOW)


def test_fixed_finding_disappears(trader: User) -> None:
    browser = TraderBrowser(trader)
    click(browser, key_of(trader, "forgotten"), "never_used", "fix/pause")
    assert "Review 5 open findings" in text(browser.get(REVIEW))


def test_trading_only_key_is_not_given_read() -> None:
    key = aged(20 * DAY, permissions=TRADING).key
    use(key, NOW - HOUR, required="any_key", calls=50)
    usage_recorder.flush()
    browser = TraderBrowser(key.account.user)
    assert path(key, "unused_trading", "fix/read_only") not in browser.get(REVIEW).content.decode()
    browser.post(path(key, "unused_trading", "fix/read_only"))
    key.refresh_from_db()
    assert key.permissions == TRADING
    click(browser, key, "unused_trading", "fix/pause")
    key.refresh_from_db()
    assert key.paused_at


@pytest.mark.parametrize("verb", ["delete", "regenerate", "nonsense"])
def test_unknown_fix_is_not_found(trader: User, verb: str) -> None:
    key = key_of(trader, "leaked")
    before = ApiKey.objects.filter(pk=key.pk).values().get()
    assert TraderBrowser(trader).post(path(key, "exposed", f"fix/{verb}")).status_code == 404
    assert ApiKey.objects.filter(pk=key.pk).values().get() == before


def test_fix_that_is_not_offered_is_not_applied(trader: User) -> None:
    key = key_of(trader, "only reads")
    TraderBrowser(trader).post(path(key, "unused_trading", "fix/pause"))
    key.refresh_from_db()
    assert key.paused_at is None


def test_fix_of_a_resolved_finding_changes_nothing(trader: User) -> None:
    key, browser = key_of(trader, "only reads"), TraderBrowser(trader)
    page = browser.get(REVIEW)
    for _ in range(2):
        click(browser, key, "unused_trading", "fix/read_only", page)
    assert said(browser.get(REVIEW))[-1] == "This finding is already resolved"


def test_get_only_shows_the_fix(trader: User) -> None:
    key = key_of(trader, "open")
    page = text(TraderBrowser(trader).get(path(key, "any_address", "fix/lock")))
    key.refresh_from_db()
    assert ("0 of 40 requests in 30 days would have been blocked." in page, key.networks) == (True, "")


def test_recent_edit_survives_a_fix(trader: User) -> None:
    key, browser = key_of(trader, "open"), TraderBrowser(trader)
    page = browser.get(REVIEW)
    ApiKey.objects.filter(pk=key.pk).update(can_trade=False)
    for sent in (page, browser.get(REVIEW)):
        click(browser, key, "any_address", "fix/lock", sent)
        key.refresh_from_db()
        assert key.permissions == READ
    assert key.networks == "203.0.113.0/24"


# -- Only what was shown -----------------------------------------------------------------------------------------


def blocked_count(page: Any, verb: str) -> list[str]:
    return re.findall(rf'data-impact="{verb}">.*?<strong>(\d+) of', page.content.decode())


def test_lock_does_not_readmit_an_excluded_address() -> None:
    """Someone else used the key before its owner narrowed it, but not enough."""
    key = aged(20 * DAY, networks="").key
    use(key, NOW - HOUR, address="10.1.2.3", calls=20)
    use(key, NOW - HOUR, address="45.9.148.7", calls=3)
    usage_recorder.flush()
    wanted = replace(KeySettings.of(key), address_rule=AddressRule.LIST, networks="10.0.0.0/8")
    editing.edit(key, wanted, by=owner(key.account.user))
    browser = TraderBrowser(key.account.user)
    page = browser.get(REVIEW)
    assert "Locked to 10.1.2.0/24 : 3 of 23 requests" in text(page)
    click(browser, key, "wide_network", "fix/lock", page)
    key.refresh_from_db()
    assert key.networks == "10.1.2.0/24"


def test_key_is_not_locked_to_a_network_that_was_not_shown(trader: User) -> None:
    key, browser = key_of(trader, "open"), TraderBrowser(trader)
    page = browser.get(REVIEW)
    use(key, NOW, address="45.9.148.7", calls=3)
    usage_recorder.flush()
    answer = click(browser, key, "any_address", "fix/lock", page)
    key.refresh_from_db()
    assert key.networks == ""
    assert "This finding changed in the meantime. Nothing was changed." in text(answer)
    assert "Only from 203.0.113.0/24, 45.9.148.0/24 ." in text(answer)
    browser.post(path(key, "any_address", "fix/lock"), sent_as_it_is(answer, "fix/lock"))
    key.refresh_from_db()
    assert key.networks == "203.0.113.0/24,45.9.148.0/24"


def test_trading_that_started_after_the_page_was_shown_is_kept() -> None:
    key = aged(20 * DAY, purpose=Purpose.MONITORING).key
    use(key, NOW - HOUR, calls=21)
    usage_recorder.flush()
    browser = TraderBrowser(key.account.user)
    page = browser.get(REVIEW)
    assert blocked_count(page, "read_only") == ["0"]
    use(key, NOW, required="trading", calls=7)
    usage_recorder.flush()
    answer = click(browser, key, "monitoring_trades", "fix/read_only", page)
    key.refresh_from_db()
    assert (key.permissions, "7 of 28 requests" in text(answer)) == (BOTH, True)


def test_requests_that_the_fix_would_not_block_change_nothing(trader: User) -> None:
    key, browser = key_of(trader, "open"), TraderBrowser(trader)
    page = browser.get(REVIEW)
    use(key, NOW, required="trading", calls=500)
    usage_recorder.flush()
    click(browser, key, "any_address", "fix/lock", page)
    key.refresh_from_db()
    assert key.networks == "203.0.113.0/24"


@pytest.mark.parametrize("sent", ["", "x", ".", "{key}.", "{key}.{fake}", "x.{fake}", "99999999999999999999.{fake}"])
@pytest.mark.parametrize(
    ("name", "code", "verb"), [("open", "any_address", "lock"), ("forgotten", "never_used", "pause")]
)
def test_fix_without_a_fingerprint_is_only_shown(trader: User, sent: str, name: str, code: str, verb: str) -> None:
    key = key_of(trader, name)
    chosen = sent.format(key=key.pk, fake="x" * 16)
    answer = TraderBrowser(trader).post(path(key, code, f"fix/{verb}"), {"chosen": chosen})
    key.refresh_from_db()
    assert (answer.status_code, key.networks, key.paused_at) == (200, key_of(trader, name).networks, None)
    assert key.events.count() == 1


def test_key_that_was_used_after_all_is_not_paused(trader: User) -> None:
    key, browser = key_of(trader, "forgotten"), TraderBrowser(trader)
    page = browser.get(REVIEW)
    use(key, NOW)
    usage_recorder.flush()
    click(browser, key, "never_used", "fix/pause", page)
    key.refresh_from_db()
    assert (key.paused_at, said(browser.get(REVIEW))[-1]) == (None, "This finding is already resolved")


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
def test_impact_agrees_with_the_gate(code: str, verb: str, changes: dict[str, Any]) -> None:
    issued = aged(20 * DAY, permissions=BOTH, **changes)
    with time_machine.travel(NOW - HOUR, tick=False):
        assert make_calls(issued) == 0
        usage_recorder.flush()
    browser = TraderBrowser(issued.key.account.user)
    page = browser.get(REVIEW).content.decode()
    [promised] = re.findall(rf'data-impact="{verb}">.*?<strong>(\d) of 5 requests', page)
    click(browser, issued.key, code, f"fix/{verb}")
    assert make_calls(issued) == int(promised)


def make_calls(issued: Any) -> int:
    """Send the requests, and count those that the gate rejects."""
    statuses = []
    for method, target, address in CALLS:
        body = {"symbol": "PERP_ETH_USDC", "leverage": 5} if method == "POST" else b""
        statuses.append(issued.client(REMOTE_ADDR=address).request(method, target, body).status_code)
    return statuses.count(403)
