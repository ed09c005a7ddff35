"""The preview of what a key will be able to do."""

import re
from typing import Any

import pytest

from apikeys.models import ApiKey
from tests.support.browser_client import KEYS, TraderBrowser, form, text

pytestmark = pytest.mark.django_db


def preview(browser: TraderBrowser, **changes: Any) -> str:
    return text(browser.htmx_post(f"{KEYS}preview/", form(**changes), target="preview"))


def test_preview_says_what_the_key_will_be_able_to_do(browser_: TraderBrowser) -> None:
    said = preview(browser_, address_rule="list", networks="203.0.113.7")
    assert "grid-bot-1 can read from 203.0.113.7 until" in said
    assert ApiKey.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "risk"),
    [
        ({"permissions": ["trading"]}, "This key is for monitoring, but it can trade."),
        ({"permissions": ["trading"]}, "can trade on your account from anywhere"),
        ({}, "can read your account from anywhere"),
        ({"address_rule": "list", "networks": "10.0.0.0/8"}, "10.0.0.0/8 covers far more IPs than one network needs"),
        ({"permissions": ["trading"], "kind": "bearer"}, "a signing key is safer"),
        ({"expires_in": "365"}, "Consider a shorter expiration"),
    ],
)
def test_preview_names_the_risks(browser_: TraderBrowser, changes: dict[str, Any], risk: str) -> None:
    assert risk in preview(browser_, **changes)


def test_preview_needs_no_name(browser_: TraderBrowser) -> None:
    assert "This key can read from any IP address until" in preview(browser_, name="")


def test_preview_counts_more_than_three_networks(browser_: TraderBrowser) -> None:
    said = preview(browser_, permissions=["read", "trading"], address_rule="list", networks="::1 ::2 ::3 ::4 ::5")
    assert "grid-bot-1 can read and trade from ::1, ::2, ::3 and 2 more until" in said


def test_restricted_key_has_no_warnings(browser_: TraderBrowser) -> None:
    page = browser_.htmx_post(f"{KEYS}preview/", form(address_rule="list", networks="203.0.113.7"), target="preview")
    assert "risks" not in page.content.decode()


@pytest.mark.parametrize(
    "changes", [{"permissions": None}, {"kind": None}, {"expires_in": "date"}, {"name": "x" * 9999}]
)
def test_preview_waits_for_missing_settings(browser_: TraderBrowser, changes: dict[str, Any]) -> None:
    assert "to see what this key will be able to do" in preview(browser_, **changes)


def check(browser: TraderBrowser, networks: str, caller: str) -> str:
    answer = browser.http.post(f"{KEYS}check-networks/", {"networks": networks}, REMOTE_ADDR=caller)
    return text(answer)


@pytest.mark.parametrize(
    ("networks", "caller", "named"),
    [
        ("192.168.1.20", "203.0.113.50", ["192.168.1.20"]),
        ("10.0.0.5, 172.17.0.2, 198.51.100.1", "203.0.113.50", ["10.0.0.5", "172.17.0.2"]),
        ("127.0.0.1", "203.0.113.50", ["127.0.0.1"]),
        ("::1, fd00::/8", "2001:db8::7", ["::1", "fd00::/8"]),
        ("203.0.113.7, 198.51.100.0/24", "203.0.113.50", []),
        ("192.168.1.20", "192.168.1.9", []),  # the server is in that network itself
        ("127.0.0.1", "127.0.0.1", []),
        ("10.0.0.0/7", "203.0.113.50", []),
    ],
)
def test_preview_names_addresses_that_no_request_has(
    browser_: TraderBrowser, networks: str, caller: str, named: list[str]
) -> None:
    said = check(browser_, networks, caller)
    assert re.findall(r"never come from (\S+) ,", said) == named
    assert (f"We see you at {caller}" in said.replace(" .", "")) is bool(named)


@pytest.mark.parametrize(
    ("caller", "added"), [("203.0.113.50", "203.0.113.50"), ("2001:db8:1:2:abcd::7", "2001:db8:1:2::/64")]
)
def test_network_of_an_ipv6_address_is_offered(browser_: TraderBrowser, caller: str, added: str) -> None:
    page = browser_.http.get(f"{KEYS}new/", REMOTE_ADDR=caller).content.decode()
    assert f'data-add-address="{added}"' in page
    assert ("often changes within this network" in page) is (added != caller)
