"""The key's page: access, usage, rejected requests with their fixes, history."""

import json
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apikeys.keys import deletion, editing, pausing, regeneration
from apikeys.keys.validation import KeySettings
from apikeys.models import AddressRule, ApiKey, KeyUsage
from apikeys.usage import charts
from tests.support.browser_client import KEYS, TraderBrowser, text
from tests.support.factories import BOTH, READ, IssuedKey, make_key, owner

pytestmark = pytest.mark.django_db


def url(key: ApiKey) -> str:
    return f"{KEYS}{key.pk}/"


def count(key: ApiKey, calls: int = 1, **fields: Any) -> None:
    at: datetime = fields.pop("at", timezone.now())
    bucket = at.replace(minute=at.minute // 10 * 10, second=0, microsecond=0)
    KeyUsage.objects.create(
        key=key, starts_at=bucket, calls=calls, **{"required": "read", "outcome": "accepted"} | fields
    )


def test_other_traders_key_page_is_not_found(browser_: TraderBrowser) -> None:
    assert browser_.get(url(make_key().key)).status_code == 404


def test_deleted_key_keeps_its_page_as_a_record(browser_: TraderBrowser, user: User, issued: IssuedKey) -> None:
    deletion.revoke(issued.key, by=owner(user), reason="Not needed any more")
    page = browser_.get(url(issued.key))
    assert "None. This key was deleted." in text(page)
    assert "Not needed any more" in text(page)
    assert "/edit/" not in page.content.decode()


def test_access_of_a_key_is_described(browser_: TraderBrowser, issued: IssuedKey) -> None:
    page = text(browser_.get(url(issued.key)))
    assert "This key can read from 203.0.113.7." in page


def test_listed_endpoints_are_those_that_the_gate_admits(browser_: TraderBrowser, user: User) -> None:
    issued = make_key(user.account, permissions=READ)
    page = text(browser_.get(url(issued.key)))
    assert "GET /v1/client/holding" in page
    assert "POST /v1/order" not in page
    assert issued.client().get("/v1/client/holding").status_code == 200
    assert issued.client().post("/v1/order", {}).status_code == 403


@pytest.mark.parametrize("state", ["paused", "expired"])
def test_unusable_key_says_why(browser_: TraderBrowser, user: User, issued: IssuedKey, state: str) -> None:
    if state == "paused":
        pausing.pause(issued.key, by=owner(user))
    else:
        past = timezone.now() - timedelta(minutes=1)
        ApiKey.objects.update(expires_at=past, expiry_set_at=past)
    page = text(browser_.get(url(issued.key)))
    assert f"None. This key {'is paused' if state == 'paused' else 'has expired'}." in page
    assert "/v1/client/holding" not in page.partition("Use it")[0]


def test_requests_are_counted_by_hour_and_by_day(browser_: TraderBrowser, issued: IssuedKey) -> None:
    count(issued.key, 5)
    count(issued.key, 2, outcome="address_not_allowed", address="198.51.100.9")
    count(issued.key, 40, at=timezone.now() - timedelta(days=3))
    hours, days = charts.charts(issued.key, timezone.now())
    assert (hours.accepted, hours.rejected, days.accepted, days.rejected) == (5, 2, 45, 2)
    assert (len(hours.bars), len(days.bars)) == (24, 30)
    assert "Last 24 hours: 5 requests accepted, 2 rejected" in browser_.get(url(issued.key)).content.decode()


@pytest.mark.parametrize("network", ["2001:db8:1:2::/64", "198.51.100.0/24"])
def test_network_that_was_rejected_can_be_allowed(browser_: TraderBrowser, issued: IssuedKey, network: str) -> None:
    """Past a limit, usage stores the network of an address."""
    count(issued.key, 3, outcome="address_not_allowed", address=network, client="")
    page = browser_.get(url(issued.key))
    assert f"Used from {network}, which wasn’t allowed." in text(page)
    assert "Allow this network" in text(page)
    form = browser_.htmx_get(f"{url(issued.key)}edit/?allow={network}")
    assert f"203.0.113.7\n{network}</textarea>" in form.content.decode()


def test_rejection_is_explained_with_its_fix(browser_: TraderBrowser, issued: IssuedKey) -> None:
    count(issued.key, 3, outcome="address_not_allowed", address="198.51.100.9", client="curl/8")
    page = browser_.get(url(issued.key))
    assert "Used from 198.51.100.9, which wasn’t allowed. 3 requests by curl/8" in text(page)
    assert f'hx-get="{url(issued.key)}edit/?allow=198.51.100.9"' in page.content.decode()


@pytest.mark.parametrize(
    ("networks", "rejected"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("203.0.113.0/24", "203.0.113.9"),
        ("203.0.113.0/25,203.0.113.128/25", "203.0.113.0/24"),
        ("2001:db8::/32", "2001:db8:1:2::/64"),
        ("", "198.51.100.9"),
    ],
)
def test_what_is_allowed_now_is_not_offered(browser_: TraderBrowser, user: User, networks: str, rejected: str) -> None:
    key = make_key(user.account, networks=networks).key
    count(key, outcome="address_not_allowed", address=rejected)
    page = text(browser_.get(url(key)))
    assert f"Used from {rejected}, which wasn’t allowed." in page
    assert "Allow this" not in page


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("allow=198.51.100.9", r"203.0.113.7\n198.51.100.9</textarea>"),
        ("grant=trading", r'name="permissions" value="trading"[^>]* checked'),
        ("extend=90", r'<option value="90" selected'),
    ],
)
def test_fix_is_proposed_in_the_edit_form(browser_: TraderBrowser, issued: IssuedKey, query: str, field: str) -> None:
    assert re.search(field, browser_.htmx_get(f"{url(issued.key)}edit/?{query}").content.decode())


@pytest.mark.parametrize(
    "query", ["allow=nowhere", "allow=%00", "grant=withdraw", "extend=9999", "allow=" + "1" * 5000]
)
def test_invalid_proposal_is_ignored(browser_: TraderBrowser, issued: IssuedKey, query: str) -> None:
    sensible = browser_.htmx_get(f"{url(issued.key)}edit/").content
    strip = lambda content: content.partition(b"modal-body")[2]  # noqa: E731
    assert strip(browser_.htmx_get(f"{url(issued.key)}edit/?{query}").content) == strip(sensible)


def test_fix_changes_nothing_before_confirmation(browser_: TraderBrowser, issued: IssuedKey) -> None:
    browser_.htmx_get(f"{url(issued.key)}edit/?allow=198.51.100.9")
    issued.key.refresh_from_db()
    assert issued.key.networks == "203.0.113.7"


def test_history_says_who_changed_what(browser_: TraderBrowser, user: User, issued: IssuedKey) -> None:
    wanted = KeySettings.of(issued.key)
    changed = KeySettings("renamed", wanted.purpose, BOTH, AddressRule.ANY, "", wanted.expires_at)
    editing.edit(issued.key, changed, by=owner(user))
    page = text(browser_.get(url(issued.key)))
    assert "Edited You, from 192.0.2.1" in page
    assert "IP addresses: 203.0.113.7 to Any address" in page
    assert "Permissions: Read to Read, Trading" in page
    assert "Name: grid bot to renamed" in page


def test_page_says_who_still_uses_the_old_key_during_the_overlap(
    browser_: TraderBrowser, user: User, issued: IssuedKey
) -> None:
    expires_at = timezone.now() + timedelta(days=90)
    new, _ = regeneration.regenerate(issued.key, expires_at=expires_at, overlap=timedelta(hours=24), by=owner(user))
    assert "Not used since." in text(browser_.get(url(new)))
    ApiKey.objects.filter(pk=issued.key.pk).update(
        last_used_at=timezone.now() + timedelta(seconds=1), last_used_client="ccxt", last_used_address="203.0.113.7"
    )
    for page in (url(new), url(issued.key)):
        assert "ccxt at 203.0.113.7 still uses it" in text(browser_.get(page))


def test_snippets_contain_no_secret(browser_: TraderBrowser, issued: IssuedKey) -> None:
    page = browser_.get(url(issued.key)).content.decode()
    assert issued.key.public_id in page
    assert issued.secret not in page


def test_number_of_queries_does_not_grow_with_usage(browser_: TraderBrowser, user: User, issued: IssuedKey) -> None:
    browser_.get(url(issued.key))  # records the session, once a minute
    with CaptureQueriesContext(connection) as little:
        browser_.get(url(issued.key))
    for number in range(20):
        count(issued.key, outcome="address_not_allowed", address=f"198.51.100.{number}")
        pausing.pause(issued.key, by=owner(user))
        pausing.resume(issued.key, by=owner(user))
    with CaptureQueriesContext(connection) as much:
        browser_.get(url(issued.key))
    assert len(little) == len(much) <= 12


def test_change_on_the_key_page_is_shown_in_place(browser_: TraderBrowser, issued: IssuedKey) -> None:
    answer = browser_.htmx_post(f"{url(issued.key)}pause/", page=url(issued.key))
    assert (answer.status_code, set(json.loads(answer["HX-Trigger"]))) == (204, {"dialog-done", "page-changed"})


def test_page_waits_for_the_first_request_and_shows_it(browser_: TraderBrowser, issued: IssuedKey) -> None:
    first = f"{url(issued.key)}first-call/"
    assert 'hx-trigger="every 2s"' in browser_.htmx_get(first).content.decode()
    count(issued.key, outcome="address_not_allowed", address="198.51.100.9")
    assert "Used from 198.51.100.9, which wasn’t allowed." in text(browser_.htmx_get(first))
    ApiKey.objects.update(last_used_at=timezone.now(), last_used_address="203.0.113.7", last_used_client="ccxt")
    arrived = browser_.htmx_get(first)
    assert "First request received from 203.0.113.7 , ccxt ." in text(arrived)
    assert "hx-trigger" not in arrived.content.decode()
