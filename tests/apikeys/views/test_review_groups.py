"""Findings of one kind, together: all of them fixed or dismissed at once."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import User

from apikeys.models import ApiKey
from apikeys.usage import recorder as usage_recorder
from tests.support.browser_client import PASSWORD, TraderBrowser, text
from tests.support.factories import READ, make_trader
from tests.support.html_forms import sent_as_it_is
from tests.support.review_pages import NOW, REVIEW, said
from tests.support.risky_keys import DAY, HOUR, aged
from tests.support.usage_data import use

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

GROUP = f"{REVIEW}any_address/"
LOCK = f"{GROUP}fix/lock/"
DISMISS = f"{GROUP}dismiss/"


@pytest.fixture
def user() -> User:
    """Five keys without an IP restriction. Three of them are in use, each from its own network."""
    user = make_trader()
    user.set_password(PASSWORD)
    user.save()
    for number in range(5):
        changes: dict[str, Any] = {} if number < 2 else {"permissions": READ}
        key = aged(20 * DAY, user.account, name=f"bot {number}", networks="", **changes).key
        if number < 3:
            use(key, NOW - HOUR, address=f"45.9.{number}.7", calls=10, required="trading" if number < 2 else "read")
    usage_recorder.flush()
    return user


def networks(user: User) -> list[str]:
    return [key.networks for key in keys(user)]


def keys(user: User) -> list[ApiKey]:
    return list(user.account.keys.order_by("name"))


def lock_all(browser: TraderBrowser, page: Any = None, **changes: Any) -> Any:
    return browser.post(LOCK, sent_as_it_is(page or browser.get(REVIEW), LOCK) | changes)


def test_same_finding_of_several_keys_is_said_once(user: User) -> None:
    page = text(TraderBrowser(user).get(REVIEW))
    assert page.count("5 keys accept requests from any IP address. 2 of them can trade.") == 1
    assert "Anyone with the secret can use this key from any IP." not in page
    assert "Lock 3 keys to where they were used" in page
    assert "0 of 30 requests in 30 days would have been blocked." in page


def test_list_shows_three_keys_of_a_group_and_its_page_all(user: User) -> None:
    browser = TraderBrowser(user)
    rows = r'id="finding-\d+-any_address"'
    assert len(re.findall(rows, browser.get(REVIEW).content.decode())) == 3
    assert "Show all 5 keys" in text(browser.get(REVIEW))
    assert len(re.findall(rows, browser.get(GROUP).content.decode())) == 5


def test_one_click_locks_all_keys(user: User) -> None:
    browser = TraderBrowser(user, recently=False)
    answer = lock_all(browser)
    assert networks(user) == ["45.9.0.0/24", "45.9.1.0/24", "45.9.2.0/24", "", ""]
    assert (answer.url, said(browser.get(REVIEW))) == (REVIEW, ["3 keys are locked to where they were used"])


def test_only_the_chosen_keys_are_locked(user: User) -> None:
    browser = TraderBrowser(user)
    chosen = sent_as_it_is(browser.get(LOCK), LOCK)["chosen"]
    first = keys(user)[0].pk
    browser.post(LOCK, {"chosen": [one for one in chosen if not one.startswith(f"{first}.")]})
    assert networks(user) == ["", "45.9.1.0/24", "45.9.2.0/24", "", ""]


def test_key_that_changed_in_the_meantime_is_left_out(user: User) -> None:
    browser = TraderBrowser(user)
    page = browser.get(REVIEW)
    use(keys(user)[0], NOW, address="198.51.100.7")
    usage_recorder.flush()
    lock_all(browser, page)
    assert networks(user)[:2] == ["", "45.9.1.0/24"]
    assert said(browser.get(REVIEW)) == [
        "2 keys are locked to where they were used. 1 key changed in the meantime: check again"
    ]


@pytest.mark.parametrize("chosen", [[], ["x"], ["1.2"], ["0.0"], ["9" * 400]])
def test_nothing_is_done_without_a_choice(user: User, chosen: list[str]) -> None:
    answer = TraderBrowser(user).post(LOCK, {"chosen": chosen})
    assert (answer.status_code, networks(user)) == (200, [""] * 5)


def test_other_traders_keys_are_not_locked(user: User) -> None:
    sent = sent_as_it_is(TraderBrowser(user).get(LOCK), LOCK)
    TraderBrowser(make_trader()).post(LOCK, sent)
    assert networks(user) == [""] * 5


@pytest.mark.parametrize("path", [f"{REVIEW}nonsense/", f"{REVIEW}nonsense/dismiss/", f"{GROUP}fix/nonsense/"])
def test_unknown_kind_or_fix_is_not_found(user: User, path: str) -> None:
    assert TraderBrowser(user).get(path).status_code == 404


def test_all_are_snoozed_at_once(user: User) -> None:
    browser = TraderBrowser(user)
    browser.post(DISMISS, sent_as_it_is(browser.get(DISMISS), DISMISS) | {"decision": "7"})
    page = text(browser.get(REVIEW))
    assert "Dismissed 5" in page
    assert "accept requests from any IP address" not in page


def test_chosen_ones_are_accepted(user: User) -> None:
    browser = TraderBrowser(user)
    sent = sent_as_it_is(browser.get(DISMISS), DISMISS)
    sent |= {"decision": "accept", "reason": "Read only.", "chosen": sent["chosen"][2:]}
    browser.post(DISMISS, sent)
    assert [key.decisions.count() for key in keys(user)] == [0, 0, 1, 1, 1]


@pytest.mark.parametrize("path", [f"{GROUP}fix/lock/", DISMISS])
def test_finding_that_was_resolved_in_another_tab_reloads_the_page(user: User, path: str) -> None:
    """Not the whole page in the dialog, where a form of the finding was asked for."""
    user.account.keys.update(address_rule="list", networks="203.0.113.9")
    answer = TraderBrowser(user).htmx_get(path, page=REVIEW)
    assert (answer.status_code, "page-changed" in answer["HX-Trigger"]) == (204, True)


def test_group_page_without_findings_leads_back(user: User) -> None:
    assert "Back to Review" in text(TraderBrowser(user).get(f"{REVIEW}idle/"))


# -- Undo ------------------------------------------------------------------------------------------------------------


def undo(browser: TraderBrowser, action: str = "/undo/") -> Any:
    page = browser.get(REVIEW)
    [url] = re.findall(rf'<form method="post" action="([^"]*{action}[^"]*)" hx-post', page.content.decode())
    return browser.post(url.replace("&amp;", "&"), sent_as_it_is(page, action))


def test_undo_gives_all_keys_back_what_they_had(user: User) -> None:
    browser = TraderBrowser(user)
    lock_all(browser)
    answer = undo(browser)
    assert networks(user) == [""] * 5
    assert (answer.url, said(browser.get(REVIEW))) == (REVIEW, ["Undone"])


def test_undo_asks_for_the_password_if_the_sign_in_is_old(user: User) -> None:
    browser = TraderBrowser(user, recently=False)
    lock_all(browser)
    answer = undo(browser)
    assert "Confirm your password" in text(answer)
    assert networks(user)[0] == "45.9.0.0/24"
    url = re.findall(r'action="(/portfolio/api-keys/undo/[^"]*)"', answer.content.decode())[-1].replace("&amp;", "&")
    assert "Wrong password" in text(browser.post(url, {"password": "wrong"}))
    browser.post(url, {"password": PASSWORD})
    assert networks(user) == [""] * 5


def test_undo_keeps_what_was_changed_since(user: User) -> None:
    browser = TraderBrowser(user)
    lock_all(browser)
    page = browser.get(REVIEW)
    [url] = re.findall(r'action="([^"]*/undo/[^"]*)"', page.content.decode())
    first = keys(user)[0]
    browser.post(f"/portfolio/api-keys/{first.pk}/delete/", {"name": first.name})
    browser.post(url.replace("&amp;", "&"))
    assert networks(user)[:2] == ["45.9.0.0/24", ""]
    assert "2 of 3 undone. The other keys changed in the meantime" in said(browser.get(REVIEW))


def test_undo_of_other_traders_events_is_not_found(user: User) -> None:
    browser = TraderBrowser(user)
    lock_all(browser)
    events = [event.pk for key in keys(user) for event in key.events.all()]
    stranger = TraderBrowser(make_trader())
    stranger.post("/portfolio/api-keys/undo/?" + "&".join(f"event={event}" for event in events))
    assert networks(user)[0] == "45.9.0.0/24"


def test_undo_reopens_what_was_snoozed(user: User) -> None:
    browser = TraderBrowser(user)
    browser.post(DISMISS, sent_as_it_is(browser.get(DISMISS), DISMISS) | {"decision": "7"})
    page = browser.get(REVIEW)
    url = re.findall(r'action="([^"]*/reopen/[^"]*)"', page.content.decode())[-1]
    assert url.count("key=") == 5
    browser.post(url.replace("&amp;", "&"))
    assert "5 keys accept requests from any IP address." in text(browser.get(REVIEW))


def test_message_leads_back_only_to_our_own_pages(user: User) -> None:
    browser = TraderBrowser(user)
    sent = sent_as_it_is(browser.get(LOCK), LOCK)
    assert browser.post(LOCK, sent | {"next": "https://evil.example/"}).url == REVIEW
    assert browser.post(f"{GROUP}reopen/?key=1", {"next": "//evil.example/"}).url == REVIEW
    assert browser.post(f"{GROUP}reopen/?key=1", {"next": GROUP}).url == GROUP
