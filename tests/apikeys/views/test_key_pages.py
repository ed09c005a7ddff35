"""The API Keys page and its modals, as a browser asks for them: with htmx, and without JavaScript."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from apikeys.keys import deletion, pausing
from apikeys.models import ApiKey, EventKind, KeyEvent, Kind
from tests.support.browser_client import KEYS, PASSWORD, TraderBrowser, form, text
from tests.support.factories import BOTH, READ, TRADING, HeldKey, make_key, make_trader, owner

pytestmark = pytest.mark.django_db

NEW = f"{KEYS}new/"
VERBS = ["edit", "pause", "resume", "regenerate", "delete"]


@pytest.fixture
def user() -> User:
    return make_trader()


@pytest.fixture
def browser_(user: User) -> TraderBrowser:
    return TraderBrowser(user)


@pytest.fixture
def stale(user: User) -> TraderBrowser:
    """A browser whose trader signed in more than 15 minutes ago."""
    user.set_password(PASSWORD)
    user.save()
    return TraderBrowser(user, recently=False)


@pytest.fixture
def held(user: User) -> HeldKey:
    return make_key(user.account, name="grid bot", networks="203.0.113.7")


def names(page: Any) -> list[str]:
    return re.findall(r'<a class="name"[^>]*>([^<]+)</a>', page.content.decode())


def url(key: ApiKey, verb: str) -> str:
    return f"{KEYS}{key.pk}/{verb}/"


def edit_form(**changes: Any) -> dict[str, Any]:
    kept = {"name": "grid bot", "address_rule": "list", "networks": "203.0.113.7", "expires_in": "keep"}
    return form(**kept | {"kind": None, "submission": None} | changes)


def regenerate_form(**changes: Any) -> dict[str, Any]:
    return form(**{"overlap": "0"} | changes)


# -- The table -------------------------------------------------------------------------------------------------------


def test_without_an_account_both_boxes_are_empty_and_nothing_can_be_created() -> None:
    page = TraderBrowser().get()
    assert text(page).count("--") == 2
    assert 'aria-disabled="true" aria-describedby="why-not"' in page.content.decode()
    assert "Sign in to create API keys." in text(page)


def test_a_trader_without_keys_reads_what_a_key_is_for(browser_: TraderBrowser) -> None:
    assert "An API key lets one program" in text(browser_.get())


def test_the_account_id_and_the_uid_are_shown(browser_: TraderBrowser, user: User) -> None:
    page = browser_.get()
    assert f'data-copy="{user.account.account_id}"' in page.content.decode()
    assert f"UID {user.account.uid}" in text(page)


def test_a_row_says_all_about_a_key(browser_: TraderBrowser, user: User) -> None:
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
        "UTC",
        "Active",
        "3 minutes ago",
        "203.0.113.9",
        "ccxt",
    ):
        assert said in row


def test_a_key_that_ends_soon_says_in_how_many_days(browser_: TraderBrowser, user: User) -> None:
    make_key(user.account, expires_at=timezone.now() + timedelta(days=12, minutes=5))
    assert "Expiring in 12 days" in text(browser_.get())


def test_times_are_in_the_zone_that_the_browser_says(browser_: TraderBrowser, held: HeldKey) -> None:
    browser_.http.cookies["zone"] = "Asia/Tokyo"
    assert "JST" in text(browser_.get())


@pytest.mark.parametrize("zone", ["../../etc/passwd", "Mars/Base", "", "x" * 5000, "Asia/Tokyo\0"])
def test_an_unknown_zone_is_utc(browser_: TraderBrowser, held: HeldKey, zone: str) -> None:
    browser_.http.cookies["zone"] = zone
    assert "UTC" in text(browser_.get())


def test_a_deleted_key_is_gone_from_the_table(browser_: TraderBrowser, user: User, held: HeldKey) -> None:
    deletion.revoke(held.key, by=owner(user))
    assert "grid bot" not in text(browser_.get())


def test_other_peoples_keys_are_not_in_the_table(browser_: TraderBrowser) -> None:
    make_key(name="somebody else's")
    assert "somebody" not in text(browser_.get())


@pytest.mark.parametrize(
    "query", ["page=abc", "page=-1", "page=0", "page=99999999999999999999", "size=7", "size=abc", "page=%00&size=%00"]
)
def test_a_senseless_page_is_a_page_all_the_same(browser_: TraderBrowser, held: HeldKey, query: str) -> None:
    page = browser_.get(f"{KEYS}?{query}")
    assert (page.status_code, "grid bot" in text(page)) == (200, True)


def test_pages_and_their_size_are_in_the_url(browser_: TraderBrowser, user: User) -> None:
    for number in range(25):
        make_key(user.account, name=f"bot-{number:02}")
    page = browser_.get(f"{KEYS}?size=20&page=2")
    assert ("bot-04" in text(page), "bot-05" in text(page)) == (True, False)
    assert f'href="{KEYS}?size=20"' in page.content.decode()


def test_the_table_takes_the_same_few_queries_for_one_key_and_for_thirty(browser_: TraderBrowser, user: User) -> None:
    make_key(user.account)
    browser_.get()  # notes the session, once a minute
    with CaptureQueriesContext(connection) as one:
        browser_.get(f"{KEYS}?size=100")
    for _ in range(29):
        make_key(user.account, networks="203.0.113.7")
    with CaptureQueriesContext(connection) as thirty:
        browser_.get(f"{KEYS}?size=100")
    assert len(one) == len(thirty) <= 11


@pytest.mark.parametrize("path", [f"{KEYS}?size=100", "/guide"])
def test_the_longest_pages_travel_light(browser_: TraderBrowser, user: User, path: str) -> None:
    for number in range(60):
        make_key(user.account, name=f"bot-{number}", networks="203.0.113.7,2001:db8::/32")
    page = browser_.get(path, **{"Accept-Encoding": "gzip"})
    assert (page["Content-Encoding"], len(page.content) < 40_000) == ("gzip", True)


def test_htmx_gets_the_table_alone(browser_: TraderBrowser, held: HeldKey) -> None:
    part = browser_.htmx_get(KEYS, target="key-table")
    assert part.content.decode().strip().startswith('<div id="key-table"')
    assert {"HX-Request", "HX-Target"} <= set(re.split(", *", part["Vary"]))


def test_pages_with_account_data_are_kept_by_no_cache(browser_: TraderBrowser) -> None:
    assert "no-store" in browser_.get()["Cache-Control"]


def test_at_the_limit_the_button_says_why(browser_: TraderBrowser, held: HeldKey, settings: Settings) -> None:
    settings.API_KEYS_PER_ACCOUNT = 1
    assert "An account has at most 1 keys." in text(browser_.get())


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
def test_keys_are_found_by_what_the_url_says(browser_: TraderBrowser, user: User, query: str, shown: list[str]) -> None:
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
def test_keys_are_sorted_as_the_url_says(browser_: TraderBrowser, user: User, sort: str, shown: list[str]) -> None:
    for days, name in ((30, "Alpha"), (10, "beta"), (20, "gamma")):
        make_key(user.account, name=name, expires_at=timezone.now() + timedelta(days=days))
    ApiKey.objects.filter(name="gamma").update(last_used_at=timezone.now())
    assert names(browser_.get(f"{KEYS}?sort={sort}")) == shown


def test_htmx_is_told_the_short_address_of_what_it_shows(browser_: TraderBrowser, held: HeldKey) -> None:
    answer = browser_.htmx_get(f"{KEYS}?q=grid&status=&permission=&sort=-created&size=10", target="key-table")
    assert answer["HX-Push-Url"] == f"{KEYS}?q=grid"


def test_where_no_key_matches_that_is_said(browser_: TraderBrowser, held: HeldKey) -> None:
    assert "No key matches." in text(browser_.get(f"{KEYS}?q=nothing"))


# -- A whole token in the search ---------------------------------------------------------------------------------------


@pytest.fixture
def token(user: User) -> HeldKey:
    return make_key(user.account, name="dashboard", kind=Kind.BEARER)


def test_a_whole_token_is_searched_by_its_public_part_alone(browser_: TraderBrowser, token: HeldKey) -> None:
    answer = browser_.get(f"{KEYS}?status=paused&q=my+{token.secret}")
    assert (answer.status_code, answer["Location"]) == (302, f"{KEYS}?q=ptk_{token.key.public_id}&status=paused")


def test_htmx_leaves_the_url_with_a_whole_token_too(browser_: TraderBrowser, token: HeldKey) -> None:
    answer = browser_.htmx_get(f"{KEYS}?q={token.secret}", target="key-table")
    assert answer["HX-Redirect"] == f"{KEYS}?q=ptk_{token.key.public_id}"


def test_a_right_token_in_the_url_of_a_search_pauses_its_key(browser_: TraderBrowser, token: HeldKey) -> None:
    browser_.get(f"{KEYS}?q={token.secret}")
    token.key.refresh_from_db()
    assert (token.key.paused_at is None, token.key.events.filter(kind=EventKind.EXPOSED).exists()) == (False, True)


def test_the_trader_is_told_that_it_was_a_whole_token(browser_: TraderBrowser, token: HeldKey) -> None:
    page = browser_.http.get(f"{KEYS}?q={token.secret}", follow=True)
    assert ("That was a whole token" in text(page), names(page)) == (True, ["dashboard"])
    assert token.secret[21:] not in page.content.decode()


def test_a_wrong_token_is_answered_alike_and_pauses_nothing(browser_: TraderBrowser, token: HeldKey) -> None:
    page = browser_.http.get(f"{KEYS}?q={token.secret[:-1]}!", follow=True)
    token.key.refresh_from_db()
    assert ("That was a whole token" in text(page), token.key.paused_at) == (True, None)


def test_a_public_part_is_searched_without_more_ado(browser_: TraderBrowser, token: HeldKey) -> None:
    answer = browser_.get(f"{KEYS}?q=ptk_{token.key.public_id}")
    assert (names(answer), "whole token" in text(answer)) == (["dashboard"], False)


# -- Several at once -------------------------------------------------------------------------------------------------


def test_all_keys_are_paused_at_once(stale: TraderBrowser, user: User) -> None:
    keys = [make_key(user.account).key for _ in range(3)]
    foreign = make_key().key
    assert "Pause 3 keys" in text(stale.htmx_get(f"{KEYS}pause/"))
    assert "3 API keys paused" in text(stale.htmx_post(f"{KEYS}pause/"))
    assert ApiKey.objects.exclude(paused_at=None).count() == len(keys)
    foreign.refresh_from_db()
    assert foreign.paused_at is None


def test_only_picked_keys_are_paused(browser_: TraderBrowser, user: User) -> None:
    first, second = make_key(user.account).key, make_key(user.account).key
    browser_.htmx_post(f"{KEYS}pause/", {"key": [first.pk]})
    assert list(ApiKey.objects.exclude(paused_at=None)) == [first]
    assert second.paused_at is None


def test_picked_keys_are_deleted(browser_: TraderBrowser, user: User) -> None:
    keys = [make_key(user.account).key.pk for _ in range(2)]
    browser_.htmx_post(f"{KEYS}delete/", {"key": keys})
    assert ApiKey.objects.live().count() == 0


def test_picked_keys_in_use_are_deleted_only_by_typed_words(browser_: TraderBrowser, user: User) -> None:
    key = make_key(user.account).key
    used(key, timedelta(hours=1))
    browser_.htmx_post(f"{KEYS}delete/", {"key": [key.pk]})
    assert ApiKey.objects.live().count() == 1
    browser_.htmx_post(f"{KEYS}delete/", {"key": [key.pk], "name": "delete 1 key"})
    assert ApiKey.objects.live().count() == 0


@pytest.mark.parametrize("number", ["abc", "9" * 30, "-1", "", "٣"])
def test_numbers_that_are_no_keys_are_passed_over(browser_: TraderBrowser, number: str) -> None:
    assert browser_.htmx_post(f"{KEYS}delete/", {"key": [number]}).status_code == 404


def test_somebody_elses_keys_are_passed_over(browser_: TraderBrowser) -> None:
    foreign = make_key().key
    assert browser_.htmx_post(f"{KEYS}delete/", {"key": [foreign.pk]}).status_code == 404
    assert browser_.htmx_post(f"{KEYS}pause/", {"key": [foreign.pk]}).status_code == 200
    foreign.refresh_from_db()
    assert (foreign.paused_at, foreign.revoked_at) == (None, None)


# -- Who may open what -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", VERBS)
def test_somebody_elses_key_looks_like_none_at_all(browser_: TraderBrowser, verb: str) -> None:
    foreign = make_key().key
    missing = browser_.get(f"{KEYS}{foreign.pk + 1000}/{verb}/")
    answer = browser_.get(url(foreign, verb))
    assert (answer.status_code, text(answer)) == (404, text(missing))


@pytest.mark.parametrize("verb", VERBS)
def test_nobody_can_change_somebody_elses_key(browser_: TraderBrowser, verb: str) -> None:
    foreign = make_key(name="theirs").key
    assert browser_.post(url(foreign, verb), edit_form(name="mine", overlap="0")).status_code == 404
    foreign.refresh_from_db()
    assert (foreign.name, foreign.paused_at, foreign.revoked_at, foreign.replaced_at) == ("theirs", None, None, None)


@pytest.mark.parametrize("verb", VERBS)
def test_a_deleted_key_cannot_be_changed(browser_: TraderBrowser, user: User, held: HeldKey, verb: str) -> None:
    deletion.revoke(held.key, by=owner(user))
    assert browser_.get(url(held.key, verb)).status_code == 404


@pytest.mark.parametrize("number", ["0", "9" * 19, "9" * 30, "9" * 5000, "-1", "abc"])
def test_a_number_that_is_no_key_is_not_found(browser_: TraderBrowser, number: str) -> None:
    assert browser_.get(f"{KEYS}{number}/edit/").status_code == 404


def test_signed_out_a_modal_leads_to_sign_in_and_back_to_the_page() -> None:
    answer = TraderBrowser().htmx_get(NEW, page=f"{KEYS}?page=2")
    assert answer["HX-Redirect"] == f"/account/login/?next={KEYS}%3Fpage%3D2"


def test_signed_out_a_modals_page_leads_to_sign_in_and_back() -> None:
    assert TraderBrowser().get(NEW)["Location"] == f"/account/login/?next={NEW}"


def test_a_page_of_another_site_is_nowhere_to_go_back_to() -> None:
    browser = TraderBrowser()
    answer = browser.get(NEW, **{"HX-Request": "true", "HX-Current-URL": "https://evil.example/portfolio/"})
    assert answer["HX-Redirect"] == f"/account/login/?next={NEW}"


@pytest.mark.parametrize("verb", VERBS)
def test_each_modal_is_also_a_page(browser_: TraderBrowser, held: HeldKey, verb: str) -> None:
    page, fragment = browser_.get(url(held.key, verb)), browser_.htmx_get(url(held.key, verb))
    assert ("<html" in page.content.decode(), "<html" in fragment.content.decode()) == (True, False)
    assert "grid bot" in page.content.decode()


@pytest.mark.parametrize("method", ["put", "delete", "patch", "options"])
@pytest.mark.parametrize("path", [KEYS, NEW, "/guide", f"{KEYS}check-networks/"])
def test_other_methods_are_refused(browser_: TraderBrowser, method: str, path: str) -> None:
    assert getattr(browser_.http, method)(path).status_code == 405


def test_a_form_of_another_site_is_refused(user: User) -> None:
    browser = TraderBrowser(user)
    browser.http.handler.enforce_csrf_checks = True
    answer = browser.post(NEW, form())
    assert (answer.status_code, ApiKey.objects.count()) == (403, 0)
    assert "This form is out of date" in text(answer)


# -- Create and reveal -----------------------------------------------------------------------------------------------


def revealed(answer: Any) -> str:
    found = re.search(r'data-json="(?:secret|token)">(?:<[^>]+>)?([^<]+)<', answer.content.decode())
    assert found
    return found[1]


@pytest.mark.parametrize("kind", ["signing", "bearer"])
def test_a_new_key_is_revealed_in_the_answer_to_its_form(browser_: TraderBrowser, kind: str) -> None:
    answer = browser_.htmx_post(NEW, form(kind=kind))
    assert "no-store" in answer["Cache-Control"]
    key, secret = ApiKey.objects.get(), revealed(answer)
    client = HeldKey(key, secret).client()
    assert client.get("/v1/whoami").json()["data"]["name"] == "grid-bot-1"


def test_the_key_is_what_the_form_said(browser_: TraderBrowser, user: User) -> None:
    chosen = form(
        purpose="trading", permissions=["read", "trading"], address_rule="list", networks="203.0.113.7 10.0.0.0/8"
    )
    browser_.post(NEW, chosen)
    key = ApiKey.objects.get()
    assert (key.account.user, key.purpose, key.permissions, key.networks) == (
        user,
        "trading",
        BOTH,
        "203.0.113.7,10.0.0.0/8",
    )
    event = KeyEvent.objects.get()
    assert (event.actor, event.address) == (user, "127.0.0.1")


def test_htmx_gets_the_table_with_the_new_key_beside_its_reveal(browser_: TraderBrowser) -> None:
    answer = browser_.htmx_post(NEW, form()).content.decode()
    assert '<div id="key-table" hx-swap-oob="true"' in answer
    assert "API key created" in answer


def test_without_javascript_the_page_reveals_the_key_once(browser_: TraderBrowser) -> None:
    sent = form()
    secret = revealed(browser_.post(NEW, sent))
    again = browser_.post(NEW, sent)
    assert "This form was sent before" in text(again)
    assert (secret in again.content.decode(), ApiKey.objects.count()) == (False, 1)


def test_nothing_that_is_stored_on_the_way_holds_the_secret(browser_: TraderBrowser) -> None:
    secret = revealed(browser_.post(NEW, form()))
    session = repr(dict(browser_.http.session.items())) + repr(browser_.http.cookies)
    assert secret.removeprefix("ed25519:") not in session + browser_.get().content.decode()


def test_of_ones_own_pair_there_is_nothing_to_show(browser_: TraderBrowser) -> None:
    answer = browser_.htmx_post(
        NEW, form(kind="own", public_key="ed25519:9C6hybhQ6Aycep9jaUnP6uL9ZYvDjUp1aSkFWPUFJtpj")
    )
    assert "There is no secret to store" in text(answer)
    assert ApiKey.objects.get().kind == Kind.SIGNING


def test_a_wrong_form_comes_back_with_what_was_written(browser_: TraderBrowser) -> None:
    answer = browser_.htmx_post(
        NEW, form(name="my bot", permissions=None, address_rule="list", networks="1.2.3.4, nowhere")
    )
    assert (answer.status_code, ApiKey.objects.count()) == (200, 0)
    page = answer.content.decode()
    assert ('value="my bot"' in page, "1.2.3.4, nowhere</textarea>" in page) == (True, True)
    assert "Choose at least one permission." in text(answer)
    assert "“nowhere” is not an IP address" in text(answer)


def test_a_name_that_is_taken_is_refused_beside_its_field(browser_: TraderBrowser, held: HeldKey) -> None:
    answer = browser_.htmx_post(NEW, form(name="grid bot"))
    assert "Another of your keys is called “grid bot”" in text(answer)


def test_at_the_limit_the_form_says_so_and_makes_nothing(
    browser_: TraderBrowser, held: HeldKey, settings: Settings
) -> None:
    settings.API_KEYS_PER_ACCOUNT = 1
    assert "at most 1 keys" in text(browser_.htmx_post(NEW, form()))
    assert ApiKey.objects.count() == 1


@pytest.mark.parametrize(
    "pasted", ["-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA\n-----END PRIVATE KEY-----", "5" * 88]
)
def test_a_pasted_private_key_is_never_sent_back(browser_: TraderBrowser, pasted: str) -> None:
    answer = browser_.htmx_post(NEW, form(kind="own", public_key=pasted))
    assert "This is a private key" in text(answer)
    assert pasted.splitlines()[-1][:20] not in answer.content.decode().replace("-----BEGIN", "")


def test_the_secret_of_another_key_is_refused_and_never_sent_back(browser_: TraderBrowser) -> None:
    held = make_key()
    answer = browser_.htmx_post(NEW, form(kind="own", public_key=held.secret))
    assert (held.secret in answer.content.decode(), ApiKey.objects.count()) == (False, 1)


def test_what_is_typed_is_escaped(browser_: TraderBrowser) -> None:
    answer = browser_.htmx_post(NEW, form(name="<img src=x>", address_rule="list", networks="<b>bold</b>"))
    assert ("<img src=x>" in answer.content.decode(), "<b>bold" in answer.content.decode()) == (False, False)


def test_a_name_of_tags_is_shown_as_it_is_written(browser_: TraderBrowser) -> None:
    browser_.post(NEW, form(name="<script>alert(1)</script>"))
    assert "<script>alert" not in browser_.get().content.decode()


# -- The recent sign-in ----------------------------------------------------------------------------------------------


def test_long_after_signing_in_a_new_key_asks_for_the_password(stale: TraderBrowser) -> None:
    assert 'name="password"' in stale.htmx_get(NEW).content.decode()
    answer = stale.htmx_post(NEW, form())
    assert ('name="password"' in answer.content.decode(), ApiKey.objects.count()) == (True, 0)


def test_just_after_signing_in_it_does_not(browser_: TraderBrowser) -> None:
    assert 'name="password"' not in browser_.htmx_get(NEW).content.decode()


def test_the_right_password_makes_the_key(stale: TraderBrowser) -> None:
    assert "API key created" in text(stale.htmx_post(NEW, form(password=PASSWORD)))


def test_a_wrong_password_makes_nothing_and_is_not_sent_back(stale: TraderBrowser) -> None:
    answer = stale.htmx_post(NEW, form(password="a wrong guess"))
    assert "That is not your password" in text(answer)
    assert ("a wrong guess" in answer.content.decode(), ApiKey.objects.count()) == (False, 0)


@pytest.mark.parametrize("password", ["", "\0", "x" * 100_000])
def test_a_senseless_password_makes_nothing(stale: TraderBrowser, password: str) -> None:
    assert stale.htmx_post(NEW, form(password=password)).status_code == 200
    assert ApiKey.objects.count() == 0


def test_guessing_passwords_is_throttled(stale: TraderBrowser) -> None:
    for _ in range(10):
        stale.htmx_post(NEW, form(password="a wrong guess"))
    assert "too many tries" in text(stale.htmx_post(NEW, form(password=PASSWORD)))
    assert ApiKey.objects.count() == 0


# -- Edit ------------------------------------------------------------------------------------------------------------


def test_narrowing_a_key_asks_for_nothing(stale: TraderBrowser, user: User) -> None:
    key = make_key(user.account, name="grid bot", permissions=BOTH).key
    stale.htmx_post(url(key, "edit"), edit_form(permissions=["read"]))
    key.refresh_from_db()
    assert (key.permissions, key.networks) == (READ, "203.0.113.7")


@pytest.mark.parametrize(
    "wider",
    [
        {"permissions": ["read", "trading"]},
        {"networks": "203.0.113.0/24"},
        {"address_rule": "any"},
        {"expires_in": "365"},
    ],
)
def test_widening_a_key_asks_for_the_password_and_keeps_what_was_written(
    stale: TraderBrowser, held: HeldKey, wider: dict[str, Any]
) -> None:
    sent = edit_form(name="renamed", **wider)
    answer = stale.htmx_post(url(held.key, "edit"), sent)
    assert "Confirm your password to do this." in text(answer)
    assert 'value="renamed"' in answer.content.decode()
    assert not KeyEvent.objects.filter(kind=EventKind.EDITED).exists()
    stale.htmx_post(url(held.key, "edit"), sent | {"password": PASSWORD})
    assert KeyEvent.objects.filter(kind=EventKind.EDITED).count() == 1


def test_an_edit_leaves_the_expiry_alone_unless_it_is_changed(browser_: TraderBrowser, held: HeldKey) -> None:
    browser_.htmx_post(url(held.key, "edit"), edit_form(name="renamed"))
    key = ApiKey.objects.get(name="renamed")
    assert key.expires_at == held.key.expires_at


def test_a_wrong_edit_changes_nothing(browser_: TraderBrowser, held: HeldKey) -> None:
    answer = browser_.htmx_post(url(held.key, "edit"), edit_form(name="renamed", networks="203.0.113.8, nowhere"))
    held.key.refresh_from_db()
    assert (held.key.name, held.key.networks) == ("grid bot", "203.0.113.7")
    assert "“nowhere”" in text(answer)


def test_after_a_change_htmx_gets_the_page_of_the_table_it_came_from(browser_: TraderBrowser, user: User) -> None:
    keys = [make_key(user.account, name=f"bot-{number:02}").key for number in range(12)]
    answer = browser_.htmx_post(url(keys[0], "pause"), page=f"{KEYS}?page=2")
    assert (answer["HX-Retarget"], answer["HX-Reswap"]) == ("#key-table", "outerHTML")
    assert ("bot-00" in text(answer), "bot-11" in text(answer)) == (True, False)
    assert "API key paused" in text(answer)


def test_without_javascript_a_change_leads_back_to_the_table(browser_: TraderBrowser, held: HeldKey) -> None:
    assert browser_.post(url(held.key, "pause"))["Location"] == KEYS
    assert "API key paused" in text(browser_.get())


# -- Pause, resume, regenerate, delete -------------------------------------------------------------------------------


def test_pausing_asks_for_nothing_and_resuming_for_the_password(stale: TraderBrowser, held: HeldKey) -> None:
    stale.htmx_post(url(held.key, "pause"))
    assert ApiKey.objects.get().paused_at
    stale.htmx_post(url(held.key, "resume"))
    assert ApiKey.objects.get().paused_at
    stale.htmx_post(url(held.key, "resume"), {"password": PASSWORD})
    assert not ApiKey.objects.get().paused_at


def test_regenerating_reveals_a_new_secret_and_ends_the_old_key(browser_: TraderBrowser, held: HeldKey) -> None:
    answer = browser_.htmx_post(url(held.key, "regenerate"), regenerate_form())
    held.key.refresh_from_db()
    assert held.key.revoked_at
    new = HeldKey(held.key.replacement, revealed(answer))
    assert new.client(REMOTE_ADDR="203.0.113.7").get("/v1/whoami").status_code == 200


def test_an_overlap_lets_the_old_key_work_on(browser_: TraderBrowser, held: HeldKey) -> None:
    browser_.htmx_post(url(held.key, "regenerate"), regenerate_form(overlap="24"))
    held.key.refresh_from_db()
    assert (held.key.revoked_at, held.key.expires_at - timezone.now() < timedelta(hours=24)) == (None, True)
    assert "Replaced" in text(browser_.get())


@pytest.mark.parametrize("overlap", ["0", "24"])
def test_regenerating_twice_with_one_form_makes_one_key(browser_: TraderBrowser, held: HeldKey, overlap: str) -> None:
    sent = regenerate_form(overlap=overlap)
    browser_.post(url(held.key, "regenerate"), sent)
    assert "This form was sent before" in text(browser_.post(url(held.key, "regenerate"), sent))
    assert ApiKey.objects.count() == 2


def test_a_key_that_was_never_used_is_deleted_at_once(stale: TraderBrowser, held: HeldKey) -> None:
    assert "No program has ever used it." in text(stale.htmx_get(url(held.key, "delete")))
    stale.htmx_post(url(held.key, "delete"))
    assert ApiKey.objects.get().revoked_at


def used(key: ApiKey, ago: timedelta) -> None:
    key.last_used_at, key.last_used_client = timezone.now() - ago, "ccxt"
    key.save()


def test_a_key_in_use_is_deleted_only_by_its_name(browser_: TraderBrowser, held: HeldKey) -> None:
    used(held.key, timedelta(hours=23))
    assert "ccxt stops with its next call. It last called 23 hours ago." in text(
        browser_.htmx_get(url(held.key, "delete"))
    )
    browser_.htmx_post(url(held.key, "delete"), {"name": "grid"})
    assert not ApiKey.objects.get().revoked_at
    browser_.htmx_post(url(held.key, "delete"), {"name": "grid bot"})
    assert ApiKey.objects.get().revoked_at


def test_a_key_not_used_for_a_day_needs_no_name(browser_: TraderBrowser, held: HeldKey) -> None:
    used(held.key, timedelta(hours=25))
    browser_.htmx_post(url(held.key, "delete"))
    assert ApiKey.objects.get().revoked_at


# -- Addresses as they are typed -------------------------------------------------------------------------------------


def test_a_list_of_addresses_is_checked_before_the_form_is_sent(browser_: TraderBrowser) -> None:
    check = f"{KEYS}check-networks/"
    assert "Stored as: 203.0.113.7, 2001:db8::/32" in text(
        browser_.htmx_post(check, {"networks": "203.0.113.7 2001:DB8::/32"})
    )
    assert "“nowhere” is not an IP address" in text(browser_.htmx_post(check, {"networks": "203.0.113.7 nowhere"}))


@pytest.mark.parametrize("sent", [{}, {"networks": ""}, {"networks": "\0"}, {"networks": "x" * 100_000}])
def test_a_senseless_list_is_answered_all_the_same(browser_: TraderBrowser, sent: dict[str, str]) -> None:
    assert "errorlist" in browser_.htmx_post(f"{KEYS}check-networks/", sent).content.decode()


# -- What a key would be able to do ----------------------------------------------------------------------------------


def outlook(browser: TraderBrowser, **changes: Any) -> str:
    return text(browser.htmx_post(f"{KEYS}outlook/", form(**changes), target="outlook"))


def test_what_a_key_would_do_is_said_before_it_is_made(browser_: TraderBrowser) -> None:
    said = outlook(browser_, address_rule="list", networks="203.0.113.7")
    assert (
        "grid-bot-1 can see balances, positions, orders and trades, and change nothing, from 203.0.113.7 only" in said
    )
    assert ApiKey.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "risk"),
    [
        ({"permissions": ["trading"]}, "Its purpose is monitoring, yet it could trade."),
        ({"permissions": ["trading"]}, "could trade on your account from anywhere"),
        ({}, "could read your account from anywhere"),
        ({"address_rule": "list", "networks": "10.0.0.0/8"}, "10.0.0.0/8 is wider than any one network"),
        ({"permissions": ["trading"], "kind": "bearer"}, "a signing key is safer"),
        ({"expires_in": "365"}, "A year is long"),
    ],
)
def test_risks_are_named_before_a_key_is_made(browser_: TraderBrowser, changes: dict[str, Any], risk: str) -> None:
    assert risk in outlook(browser_, **changes)


def test_a_careful_key_is_not_warned_about(browser_: TraderBrowser) -> None:
    page = browser_.htmx_post(f"{KEYS}outlook/", form(address_rule="list", networks="203.0.113.7"), target="outlook")
    assert "notice" not in page.content.decode()


@pytest.mark.parametrize(
    "changes", [{"permissions": None}, {"kind": None}, {"expires_in": "date"}, {"name": "x" * 9999}]
)
def test_what_is_still_missing_is_waited_for(browser_: TraderBrowser, changes: dict[str, Any]) -> None:
    assert "what the key can do is said here" in outlook(browser_, **changes)
