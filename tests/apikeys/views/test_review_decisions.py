"""Snoozing and accepting findings."""

import pytest
from django.contrib.auth.models import User

from apikeys.usage import recorder as usage_recorder
from tests.support.browser_client import TraderBrowser, text
from tests.support.review_pages import NOW, REVIEW, dismiss, key_of, path
from tests.support.usage_data import use

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]


def test_snoozed_finding_is_dismissed(trader: User) -> None:
    browser = TraderBrowser(trader)
    dismiss(browser, key_of(trader, "open"), "any_address", decision="30")
    assert "Snoozed until 22 Dec 2026, 12:00 UTC" in text(browser.get(REVIEW))


def test_accepted_finding_is_dismissed_with_its_reason(trader: User) -> None:
    browser = TraderBrowser(trader)
    dismiss(browser, key_of(trader, "open"), "any_address", decision="accept", reason="A <phone>.")
    assert "Accepted just now: “A &lt;phone&gt;.”" in text(browser.get(REVIEW))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ({"decision": "accept", "reason": " "}, "Enter the reason for accepting this risk."),
        ({"decision": "accept", "reason": "It is ptk_0123456789abcdef_xyz"}, "This looks like a secret"),
        ({"decision": "9999"}, "Choose one of these."),
        ({"decision": ""}, "Choose one of these."),
        ({"chosen": ""}, "Choose at least one key."),
        ({"chosen": "x.y"}, "Choose at least one key."),
    ],
)
def test_error_of_a_decision_is_shown_beside_it(trader: User, data: dict[str, str], why: str) -> None:
    key = key_of(trader, "open")
    assert why in text(dismiss(TraderBrowser(trader), key, "any_address", **data))
    assert not key.decisions.exists()


def test_finding_can_be_reopened(trader: User) -> None:
    browser, key = TraderBrowser(trader), key_of(trader, "open")
    dismiss(browser, key, "any_address", decision="accept", reason="A phone.")
    browser.post(f"{REVIEW}any_address/reopen/?key={key.pk}")
    assert "Review 6 open findings" in text(browser.get(REVIEW))


@pytest.mark.parametrize("typed", [{"decision": "accept", "reason": "A phone."}, {"decision": "30"}])
def test_finding_that_changed_is_not_dismissed(trader: User, typed: dict[str, str]) -> None:
    """Someone else uses the key after the modal was opened and before its owner accepts the finding."""
    browser, key = TraderBrowser(trader), key_of(trader, "open")
    page = browser.get(path(key, "any_address", "dismiss"))
    use(key, NOW, address="45.9.148.7")
    usage_recorder.flush()
    said = text(dismiss(browser, key, "any_address", page, **typed))
    assert "Nothing was saved." in said
    assert "Used from 203.0.113.0/24 and 45.9.148.0/24" in said
    assert not key.decisions.exists()


def test_more_requests_of_the_same_kind_change_nothing(trader: User) -> None:
    browser, key = TraderBrowser(trader), key_of(trader, "open")
    page = browser.get(path(key, "any_address", "dismiss"))
    use(key, NOW, calls=7)
    usage_recorder.flush()
    dismiss(browser, key, "any_address", page, decision="accept", reason="A phone.")
    assert key.decisions.exists()
