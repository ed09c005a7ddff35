"""The latest requests on the key's page."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from apikeys.keys import deletion, pausing
from apikeys.models import ApiKey
from apikeys.usage import recorder as usage_recorder
from apikeys.views import request_rows
from tests.support.browser_client import KEYS, TraderBrowser, text
from tests.support.factories import READ, IssuedKey, make_key, owner

pytestmark = pytest.mark.django_db


@pytest.fixture
def issued(user: User) -> IssuedKey:
    return make_key(user.account, name="bot", networks="203.0.113.7", permissions=READ)


def call(issued: IssuedKey, target: str = "/v1/whoami", address: str = "203.0.113.7", body: Any = None) -> Any:
    client = issued.client(REMOTE_ADDR=address)
    answer = client.request("POST" if body else "GET", target, body or b"", headers={"User-Agent": "ccxt/4.5.64"})
    usage_recorder.flush()
    return answer


def log_of(browser: TraderBrowser, key: ApiKey, query: str = "") -> str:
    return text(browser.get(f"{KEYS}{key.pk}/{query}")).partition("Latest requests")[2]


def test_log_shows_each_request(browser_: TraderBrowser, issued: IssuedKey) -> None:
    answer = call(issued, "/v1/client/holding")
    row = log_of(browser_, issued.key)
    assert "GET /v1/client/holding 200 203.0.113.7 ccxt/4.5.64" in row
    assert answer["X-Request-Id"] in row


def test_rejected_ones_can_be_shown_alone(browser_: TraderBrowser, issued: IssuedKey) -> None:
    call(issued, "/v1/client/holding")
    call(issued, "/v1/orders?size=x")
    row = log_of(browser_, issued.key, "?requests=rejected")
    assert "GET /v1/orders A parameter is malformed." in row
    assert "/v1/client/holding 200" not in row


@pytest.mark.parametrize(
    ("address", "target", "body", "sentence", "fix"),
    [
        ("198.51.100.9", "/v1/whoami", None, "Used from 198.51.100.9, which wasn’t allowed.", "Allow this IP"),
        ("203.0.113.7", "/v1/order", {"a": 1}, "Needed the trading permission, which", "Add Trading"),
    ],
)
def test_rejection_has_its_fix(
    browser_: TraderBrowser, issued: IssuedKey, address: str, target: str, body: Any, sentence: str, fix: str
) -> None:
    call(issued, target, address, body)
    row = log_of(browser_, issued.key)
    assert sentence in row
    assert fix in row.partition(sentence)[2]


def test_every_reason_is_explained(browser_: TraderBrowser, issued: IssuedKey) -> None:
    assert all(message.endswith(".") for message in request_rows._messages().values())
    call(issued, "/v1/orders?size=x")
    page = browser_.get(f"{KEYS}{issued.key.pk}/").content.decode()
    assert "/guide#bad_parameter" in page


def test_resuming_is_offered_while_the_key_is_paused(browser_: TraderBrowser, user: User, issued: IssuedKey) -> None:
    pausing.pause(issued.key, by=owner(user))
    call(issued)
    assert "Resume the key" in log_of(browser_, issued.key)
    pausing.resume(issued.key, by=owner(user))
    assert "Resume the key" not in log_of(browser_, issued.key)


def test_deleted_key_shows_its_requests_without_fixes(browser_: TraderBrowser, user: User, issued: IssuedKey) -> None:
    deletion.revoke(issued.key, by=owner(user))
    call(issued)
    row = log_of(browser_, issued.key)
    assert "after it was deleted." in row
    assert "/edit/" not in browser_.get(f"{KEYS}{issued.key.pk}/").content.decode()


def test_log_says_how_many_requests_it_leaves_out(browser_: TraderBrowser, issued: IssuedKey) -> None:
    for _ in range(17):
        issued.client(REMOTE_ADDR="203.0.113.7").get("/v1/whoami")
    usage_recorder.flush()
    assert "7 more requests not shown" in log_of(browser_, issued.key)


def test_path_with_markup_is_escaped(browser_: TraderBrowser, issued: IssuedKey) -> None:
    call(issued, "/v1/order/%3Cscript%3E")
    assert "<script>" not in browser_.get(f"{KEYS}{issued.key.pk}/").content.decode().partition("Latest")[2]


def test_other_keys_requests_are_not_shown(browser_: TraderBrowser, user: User, issued: IssuedKey) -> None:
    call(issued)
    other = make_key(user.account, name="other").key
    ApiKey.objects.filter(pk=other.pk).update(last_used_at=timezone.now())
    assert "No requests were logged in the last 24 hours." in log_of(browser_, other)


# -- The page in the order of a key's life -----------------------------------------------------------------------------


def places(page: str, *titles: str) -> list[int]:
    return [page.index(f">{title}</h2>") for title in titles]


def test_unused_key_shows_first_how_to_use_it(browser_: TraderBrowser, user: User) -> None:
    key = make_key(user.account, name="new", networks="").key
    page = browser_.get(f"{KEYS}{key.pk}/").content.decode()
    found = places(page, "Use it", "Health", "Access", "History")
    assert found == sorted(found)
    assert "We’ll show your first request here." in page
    assert "Usage" not in page


def test_used_key_shows_first_how_it_is_used(browser_: TraderBrowser, issued: IssuedKey) -> None:
    call(issued)
    call(issued, address="198.51.100.9")
    page = browser_.get(f"{KEYS}{issued.key.pk}/").content.decode()
    found = places(page, "Health", "Usage", "Rejected requests", "Latest requests", "Access", "Use it", "History")
    assert found == sorted(found)


def test_long_history_is_folded(browser_: TraderBrowser, user: User) -> None:
    key = make_key(user.account, name="old").key
    for _ in range(4):
        pausing.pause(key, by=owner(user))
        pausing.resume(key, by=owner(user))
    shown, _, folded = text(browser_.get(f"{KEYS}{key.pk}/")).partition("History")[2].partition("3 more")
    assert (shown.count("Paused"), shown.count("Resumed")) == (3, 3)
    assert (folded.count("Paused"), folded.count("Resumed"), folded.count("Created")) == (1, 1, 1)


def test_long_list_of_addresses_is_folded(browser_: TraderBrowser, user: User) -> None:
    addresses = [f"203.0.113.{number}" for number in range(1, 31)]
    key = make_key(user.account, name="many", networks=",".join(addresses)).key
    page = browser_.get(f"{KEYS}{key.pk}/").content.decode()
    shown, _, folded = page.partition("24 more")
    assert all(f'<code translate="no">{address}</code>' in shown for address in addresses[:6])
    assert all(f'<code translate="no">{address}</code>' in folded for address in addresses[6:])
    assert f'data-copy="{",".join(addresses)}"' in page
