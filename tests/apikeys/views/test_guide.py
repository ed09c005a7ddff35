"""The guide for a reader with keys, and the search in its errors."""

import pytest
from django.contrib.auth.models import User

from apikeys.keys import deletion, pausing
from tests.support.browser_client import TraderBrowser, text
from tests.support.factories import make_key, make_trader, owner

pytestmark = pytest.mark.django_db


def test_examples_contain_the_readers_account_and_newest_keys(browser_: TraderBrowser, user: User) -> None:
    signing = make_key(user.account, name="signing").key
    bearer = make_key(user.account, name="bearer", kind="bearer").key
    page = browser_.get("/guide").content.decode()
    assert page.count(user.account.account_id) == 3
    assert page.count(f'"{signing.public_id}"') == 3
    assert page.count(f"ptk_{bearer.public_id}_…") == 2


def test_another_key_can_be_chosen(browser_: TraderBrowser, user: User) -> None:
    older = make_key(user.account, name="older").key
    make_key(user.account, name="newer")
    page = browser_.get(f"/guide?key={older.pk}").content.decode()
    assert page.count(f'"{older.public_id}"') == 3
    assert f'<option value="{older.pk}" selected>older (signing key)' in page


def test_only_own_keys_that_work_can_be_chosen(browser_: TraderBrowser, user: User) -> None:
    for end in (pausing.pause, deletion.revoke):
        end(make_key(user.account, name=f"{end.__name__}d").key, by=owner(user))
    theirs = make_key().key
    page = browser_.get(f"/guide?key={theirs.pk}")
    assert theirs.public_id not in page.content.decode()
    assert "Create an API key to see it in the examples." in text(page)


@pytest.mark.parametrize("key", ["x", "%00", "9" * 40, "-1", ""])
def test_nonsense_chooses_the_newest_key(browser_: TraderBrowser, user: User, key: str) -> None:
    newest = make_key(user.account).key
    assert newest.public_id in browser_.get(f"/guide?key={key}").content.decode()


def test_stranger_sees_placeholders() -> None:
    page = TraderBrowser().get("/guide")
    assert "Sign in to see your Account ID and your key in the examples." in text(page)
    assert '"accountId": "0x…"' in text(page).replace("&quot;", '"')


def test_name_of_a_key_is_escaped(browser_: TraderBrowser, user: User) -> None:
    make_key(user.account, name="<b>bot</b>")
    assert "<b>bot" not in browser_.get("/guide").content.decode()


def shown(query: str) -> list[str]:
    return [error.reason for error in TraderBrowser().get(f"/guide?q={query}").context["found_errors"]]


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("address", "address_not_allowed"),
        ("429", "too_many_requests"),
        ("-1002", "key_paused"),
        ("PAUSED", "key_paused"),
    ],
)
def test_errors_are_found_by_what_a_client_sees(query: str, reason: str) -> None:
    assert reason in shown(query)
    assert len(shown(query)) < len(shown(""))


def test_errors_contain_all_words(browser_: TraderBrowser) -> None:
    assert shown("address+allowed+403") == ["address_not_allowed"]


def test_search_without_a_result_says_so() -> None:
    page = TraderBrowser().get("/guide?q=%3Cscript%3Enothing")
    assert "No error contains “&lt;script&gt;nothing”. Show all errors" in text(page)


def test_woofipro_is_explained() -> None:
    assert "use the exchange woofipro . It is ccxt’s client for Orderly Network" in text(TraderBrowser().get("/guide"))


def test_guide_of_a_trader_without_keys() -> None:
    assert "0x…" in text(TraderBrowser(make_trader()).get("/guide"))
