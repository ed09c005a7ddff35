"""A paused key that someone else tried: its owner sees that before resuming it, and can act on it."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, expect

from apikeys.keys import leak_response, pausing
from apikeys.models import ApiKey
from tests.browser.accessibility import SIZES, every_size, look
from tests.browser.signed_in_page import dialog, open_modal, visit
from tests.support.browser_client import KEYS
from tests.support.factories import make_key, make_trader, owner
from tests.support.servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.server]


@pytest.fixture
def tried(server: Server) -> ApiKey:
    """A paused key whose secret leaked, and that someone tried from two IP addresses."""
    key = make_key(make_trader().account, name="grid bot", networks="203.0.113.9").key
    pausing.pause(key, by=owner(key.account.user))
    leak_response.pause_leaked(key, reason="Its secret was reported as leaked.")
    since = timezone.now() - timedelta(days=1)
    leak_response.alert(key, ["198.51.100.66", "2001:db8:1:2:3:4:5:6"], since=since)
    return key


@every_size
def test_misuse_is_shown_before_a_key_is_resumed(browser: Browser, server: Server, tried: ApiKey, size: str) -> None:
    with visit(browser, server, tried.account.user, KEYS, viewport=SIZES[size]) as page:
        modal = open_modal(page, "Resume")
        expect(modal.get_by_text("Someone tried this key")).to_contain_text("198.51.100.66")
        expect(modal.get_by_text("Its secret was reported as leaked.")).to_be_visible()
        assert look(page) == []
        regenerate = modal.get_by_role("link", name="regenerate")
        regenerate.focus()
        page.keyboard.press("Enter")
        expect(dialog(page).get_by_role("heading", name="Regenerate API key")).to_be_visible()
        assert look(page) == []


def test_links_work_without_javascript(browser: Browser, server: Server, tried: ApiKey) -> None:
    resume = f"{KEYS}{tried.pk}/resume/"
    with visit(browser, server, tried.account.user, resume, java_script_enabled=False) as page:
        page.get_by_role("link", name="delete").click()
        expect(page.get_by_role("heading", name="Delete API key")).to_be_visible()
