"""Snoozing and accepting findings."""

import pytest
from django.contrib.auth.models import User

from apikeys.usage import recorder as usage_recorder
from tests.support.browser_client import TraderBrowser, text
from tests.support.review_pages import NOW, REVIEW, click, key_of, path
from tests.support.usage_data import use

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]


def test_snoozed_finding_is_dismissed(trader: User) -> None:
    browser = TraderBrowser(trader)
    click(browser, key_of(trader, "open"), "any_address", "snooze", days="30")
    assert "Snoozed until 22 Dec 2026, 12:00 UTC" in text(browser.get(REVIEW))


def test_accepted_finding_is_dismissed_with_its_reason(trader: User) -> None:
    browser = TraderBrowser(trader)
    click(browser, key_of(trader, "open"), "any_address", "accept", reason="A <phone>.")
    assert "Accepted just now: “A &lt;phone&gt;.”" in text(browser.get(REVIEW))


@pytest.mark.parametrize(
    ("verb", "data", "why"),
    [
        ("accept", {"reason": " "}, "reason for accepting"),
        ("accept", {"reason": "It is ptk_0123456789abcdef_xyz"}, "This looks like a secret"),
        ("snooze", {"days": "9999"}, "Select a valid choice"),
    ],
)
def test_error_of_a_decision_is_shown_beside_it(trader: User, verb: str, data: dict[str, str], why: str) -> None:
    key = key_of(trader, "open")
    assert why in text(click(TraderBrowser(trader), key, "any_address", verb, **data))


def test_finding_can_be_reopened(trader: User) -> None:
    browser, key = TraderBrowser(trader), key_of(trader, "open")
    click(browser, key, "any_address", "accept", reason="A phone.")
    browser.post(path(key, "any_address", "reopen"))
    assert "Review 6 open findings" in text(browser.get(REVIEW))


@pytest.mark.parametrize(("verb", "typed"), [("accept", {"reason": "A phone."}), ("snooze", {"days": "30"})])
def test_finding_that_changed_is_not_dismissed(trader: User, verb: str, typed: dict[str, str]) -> None:
    """Someone else uses the key after the page was opened and before its owner accepts the finding."""
    browser, key = TraderBrowser(trader), key_of(trader, "open")
    page = browser.get(REVIEW)
    use(key, NOW, address="45.9.148.7")
    usage_recorder.flush()
    said = text(click(browser, key, "any_address", verb, page, **typed))
    assert "Nothing was saved." in said
    assert "Used from 203.0.113.0/24 and 45.9.148.0/24" in said
    assert not key.decisions.exists()


def test_more_requests_of_the_same_kind_change_nothing(trader: User) -> None:
    browser, key = TraderBrowser(trader), key_of(trader, "open")
    page = browser.get(REVIEW)
    use(key, NOW, calls=7)
    usage_recorder.flush()
    click(browser, key, "any_address", "accept", page, reason="A phone.")
    assert key.decisions.exists()
