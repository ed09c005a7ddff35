"""What a form says a key would be able to do."""

from typing import Any

import pytest

from apikeys.models import ApiKey
from tests.support.browser_client import KEYS, TraderBrowser, form, text

pytestmark = pytest.mark.django_db


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
