"""The page with the key table: contents, search, sorting and filters."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from apikeys.keys import deletion, pausing
from apikeys.models import ApiKey, EventKind, Kind
from tests.support.browser_client import KEYS, TraderBrowser, text
from tests.support.factories import BOTH, TRADING, IssuedKey, make_key, owner
from tests.support.key_forms import names

pytestmark = pytest.mark.django_db


def test_page_without_an_account_is_empty_and_creates_nothing() -> None:
    page = TraderBrowser().get()
    assert text(page).count("--") == 2
    assert 'aria-disabled="true" aria-describedby="why-not"' in page.content.decode()
    assert "Sign in to create API keys." in text(page)


def test_page_without_keys_explains_what_a_key_is_for(browser_: TraderBrowser) -> None:
    assert "An API key lets one program" in text(browser_.get())


def test_account_id_and_uid_are_shown(browser_: TraderBrowser, user: User) -> None:
    page = browser_.get()
    assert f'data-copy="{user.account.account_id}"' in page.content.decode()
    assert f"UID {user.account.uid}" in text(page)


def test_row_shows_everything_about_a_key(browser_: TraderBrowser, user: User) -> None:
    key = make_key(user.account, name="grid bot", permissions=BOTH).key
    key.last_used_at = timezone.now() - timedelta(minutes=3)
    key.last_used_address, key.last_used_client = "203.0.113.9", "ccxt"
    key.save()
    page = browser_.get()
    assert f'data-copy="{key.public_id}"' in page.content.decode()
    row = text(page)
    for said in (
        "grid bot",
        "Read, Trading",
        "Any address",
        "in 90 days",
        "Active",
        "3 minutes ago",
        "203.0.113.9",
        "ccxt",
    ):
        assert said in row
    assert re.search(r'<time datetime="[^"]+" title="\d+ \w+ \d{4}, \d\d:\d\d UTC">', page.content.decode())


def test_row_says_in_how_many_days_a_key_expires(browser_: TraderBrowser, user: User) -> None:
    make_key(user.account, expires_at=timezone.now() + timedelta(days=12, minutes=5))
    assert "Expiring in 12 days" in text(browser_.get())


def test_times_are_in_the_browsers_time_zone(browser_: TraderBrowser, issued: IssuedKey) -> None:
    browser_.http.cookies["zone"] = "Asia/Tokyo"
    assert "JST" in browser_.get().content.decode()


# As sent: Python writes no cookies with control characters, but reads them.
@pytest.mark.parametrize("zone", ["../../etc/passwd", "Mars/Base", "", "x" * 5000, r'"Asia/Tokyo\000"'])
def test_unknown_zone_is_utc(browser_: TraderBrowser, issued: IssuedKey, zone: str) -> None:
    session = browser_.http.cookies["session"].value
    assert "UTC" in browser_.get(cookie=f"session={session}; zone={zone}").content.decode()


def test_deleted_key_is_not_in_the_table(browser_: TraderBrowser, user: User, issued: IssuedKey) -> None:
    deletion.revoke(issued.key, by=owner(user))
    assert "grid bot" not in text(browser_.get())


def test_other_traders_keys_are_not_in_the_table(browser_: TraderBrowser) -> None:
    make_key(name="somebody else's")
    assert "somebody" not in text(browser_.get())


@pytest.mark.parametrize(
    "query", ["page=abc", "page=-1", "page=0", "page=99999999999999999999", "size=7", "size=abc", "page=%00&size=%00"]
)
def test_invalid_page_number_shows_a_page(browser_: TraderBrowser, issued: IssuedKey, query: str) -> None:
    page = browser_.get(f"{KEYS}?{query}")
    assert (page.status_code, "grid bot" in text(page)) == (200, True)


def test_url_has_the_page_and_its_size(browser_: TraderBrowser, user: User) -> None:
    for number in range(25):
        make_key(user.account, name=f"bot-{number:02}")
    page = browser_.get(f"{KEYS}?size=20&page=2")
    assert ("bot-04" in text(page), "bot-05" in text(page)) == (True, False)
    assert f'href="{KEYS}?size=20"' in page.content.decode()


def test_number_of_queries_does_not_grow_with_keys(browser_: TraderBrowser, user: User) -> None:
    make_key(user.account)
    browser_.get()  # records the session, once a minute
    with CaptureQueriesContext(connection) as one:
        browser_.get(f"{KEYS}?size=100")
    for _ in range(29):
        make_key(user.account, networks="203.0.113.7")
    with CaptureQueriesContext(connection) as thirty:
        browser_.get(f"{KEYS}?size=100")
    assert len(one) == len(thirty) <= 11


@pytest.mark.parametrize("path", [f"{KEYS}?size=100", "/guide"])
def test_largest_pages_are_small_when_compressed(browser_: TraderBrowser, user: User, path: str) -> None:
    for number in range(60):
        make_key(user.account, name=f"bot-{number}", networks="203.0.113.7,2001:db8::/32")
    page = browser_.get(path, **{"Accept-Encoding": "gzip"})
    assert (page["Content-Encoding"], len(page.content) < 40_000) == ("gzip", True)


def test_htmx_gets_only_the_table(browser_: TraderBrowser, issued: IssuedKey) -> None:
    part = browser_.htmx_get(KEYS, target="key-table")
    assert part.content.decode().strip().startswith('<div id="key-table"')
    assert {"HX-Request", "HX-Target"} <= set(re.split(", *", part["Vary"]))


def test_pages_with_account_data_are_not_cached(browser_: TraderBrowser) -> None:
    assert "no-store" in browser_.get()["Cache-Control"]


def test_button_at_the_limit_says_why(browser_: TraderBrowser, issued: IssuedKey, settings: Settings) -> None:
    settings.API_KEYS_PER_ACCOUNT = 1
    assert "You can have at most 1 keys." in text(browser_.get())


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("q=GRID", ["grid bot"]),
        ("q=203.0.113", ["grid bot"]),
        ("q=%25", []),
        ("status=paused", ["paused"]),
        ("status=active", ["grid bot", "trading only"]),
        ("status=expiring", ["ending"]),
        ("status=nonsense", ["ending", "grid bot", "paused", "trading only"]),
        ("permission=trading", ["trading only"]),
        ("permission=read&status=active", ["grid bot"]),
        ("q=%00grid", ["grid bot"]),
        ("q=" + "x" * 5000, []),
        ("status=deleted", ["gone"]),
    ],
)
def test_keys_are_filtered_by_the_url(browser_: TraderBrowser, user: User, query: str, shown: list[str]) -> None:
    make_key(user.account, name="grid bot", networks="203.0.113.7")
    make_key(user.account, name="trading only", permissions=TRADING)
    make_key(user.account, name="ending", expires_at=timezone.now() + timedelta(days=2))
    pausing.pause(make_key(user.account, name="paused").key, by=owner(user))
    deletion.revoke(make_key(user.account, name="gone").key, by=owner(user))
    assert sorted(names(browser_.get(f"{KEYS}?{query}"))) == shown


@pytest.mark.parametrize(
    ("sort", "shown"),
    [
        ("name", ["Alpha", "beta", "gamma"]),
        ("-name", ["gamma", "beta", "Alpha"]),
        ("expires", ["beta", "gamma", "Alpha"]),
        ("-used", ["gamma", "beta", "Alpha"]),
        ("used", ["gamma", "beta", "Alpha"]),
        ("secret_hash", ["gamma", "beta", "Alpha"]),
    ],
)
def test_keys_are_sorted_by_the_url(browser_: TraderBrowser, user: User, sort: str, shown: list[str]) -> None:
    for days, name in ((30, "Alpha"), (10, "beta"), (20, "gamma")):
        make_key(user.account, name=name, expires_at=timezone.now() + timedelta(days=days))
    ApiKey.objects.filter(name="gamma").update(last_used_at=timezone.now())
    assert names(browser_.get(f"{KEYS}?sort={sort}")) == shown


def test_htmx_gets_the_short_url_of_what_it_shows(browser_: TraderBrowser, issued: IssuedKey) -> None:
    answer = browser_.htmx_get(f"{KEYS}?q=grid&status=&permission=&sort=-created&size=10", target="key-table")
    assert answer["HX-Push-Url"] == f"{KEYS}?q=grid"


def test_page_without_matches_says_so(browser_: TraderBrowser, issued: IssuedKey) -> None:
    assert "No matching keys." in text(browser_.get(f"{KEYS}?q=nothing"))


@pytest.fixture
def token(user: User) -> IssuedKey:
    return make_key(user.account, name="dashboard", kind=Kind.BEARER)


def test_whole_token_is_searched_by_its_public_part_only(browser_: TraderBrowser, token: IssuedKey) -> None:
    answer = browser_.get(f"{KEYS}?status=paused&q=my+{token.secret}")
    assert (answer.status_code, answer["Location"]) == (302, f"{KEYS}?q=ptk_{token.key.public_id}&status=paused")


def test_htmx_leaves_a_url_with_a_whole_token(browser_: TraderBrowser, token: IssuedKey) -> None:
    answer = browser_.htmx_get(f"{KEYS}?q={token.secret}", target="key-table")
    assert answer["HX-Redirect"] == f"{KEYS}?q=ptk_{token.key.public_id}"


def test_valid_token_in_the_url_pauses_its_key(browser_: TraderBrowser, token: IssuedKey) -> None:
    browser_.get(f"{KEYS}?q={token.secret}")
    token.key.refresh_from_db()
    assert (token.key.paused_at is None, token.key.events.filter(kind=EventKind.LEAKED).exists()) == (False, True)


def test_page_says_that_it_was_a_whole_token(browser_: TraderBrowser, token: IssuedKey) -> None:
    page = browser_.http.get(f"{KEYS}?q={token.secret}", follow=True)
    assert ("You searched for a whole token" in text(page), names(page)) == (True, ["dashboard"])
    assert token.secret[21:] not in page.content.decode()


def test_wrong_token_gets_the_same_answer_and_pauses_nothing(browser_: TraderBrowser, token: IssuedKey) -> None:
    page = browser_.http.get(f"{KEYS}?q={token.secret[:-1]}!", follow=True)
    token.key.refresh_from_db()
    assert ("You searched for a whole token" in text(page), token.key.paused_at) == (True, None)


def test_public_part_is_searched_directly(browser_: TraderBrowser, token: IssuedKey) -> None:
    answer = browser_.get(f"{KEYS}?q=ptk_{token.key.public_id}")
    assert (names(answer), "whole token" in text(answer)) == (["dashboard"], False)
