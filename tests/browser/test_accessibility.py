"""Every page and modal at four sizes, in both colour schemes: no axe violations, and nothing scrolls sideways."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Browser, expect

from apikeys.keys import pausing
from tests.browser.accessibility import SIZES, every_size, look
from tests.browser.signed_in_page import PHONE, dialog, open_modal, visit
from tests.support.browser_client import KEYS
from tests.support.factories import make_key, make_trader, owner
from tests.support.servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.server]

MODALS = ["Create API key", "Edit", "Delete", "Regenerate", "Pause"]
STRANGERS = [KEYS, "/guide", "/account/login/", "/account/signup/", "/account/password/reset/", "/nothing"]
TRADERS = [f"{KEYS}new/", "/account/password/change/", "/account/email/", "/account/logout/"]
MANY_NETWORKS = "203.0.113.7,198.51.100.0/24,2001:db8:ffff:ffff:ffff:ffff:ffff:fff7"


@pytest.fixture
def user(server: Server) -> User:
    """A trader with a key in every state."""
    user = make_trader()
    make_key(user.account, name="grid bot", networks=MANY_NETWORKS)
    used = make_key(user.account, name="in-use-" + "x" * 57).key
    used.last_used_at, used.last_used_address = timezone.now(), "2001:db8:ffff:ffff:ffff:ffff:ffff:fff7"
    used.last_used_client = "orderly-connector-python-with-a-long-name"
    used.save()
    pausing.pause(make_key(user.account, name="paused").key, by=owner(user))
    make_key(user.account, name="ending", expires_at=timezone.now() + timedelta(days=2))
    return user


@every_size
@pytest.mark.parametrize("path", STRANGERS)
def test_public_pages_are_accessible(browser: Browser, server: Server, size: str, path: str) -> None:
    with visit(browser, server, None, path, viewport=SIZES[size]) as page:
        assert look(page) == []


@every_size
def test_traders_pages_are_accessible(browser: Browser, server: Server, user: User, size: str) -> None:
    with visit(browser, server, user, viewport=SIZES[size]) as page:
        for path in [KEYS, f"{KEYS}{user.account.keys.get(name='grid bot').pk}/", *TRADERS]:
            page.goto(path)
            assert look(page) == [], path


@every_size
def test_modals_are_accessible(browser: Browser, server: Server, user: User, size: str) -> None:
    with visit(browser, server, user, viewport=SIZES[size]) as page:
        for verb in MODALS:
            open_modal(page, verb)
            assert look(page) == [], verb
            page.keyboard.press("Escape")
            expect(dialog(page)).to_be_hidden()


@every_size
def test_reveal_and_forms_with_errors_are_accessible(browser: Browser, server: Server, user: User, size: str) -> None:
    with visit(browser, server, user, viewport=SIZES[size]) as page:
        modal = open_modal(page, "Create API key")
        modal.get_by_label("Addresses").fill("nowhere, 203.0.113.7/24")
        modal.get_by_role("button", name="Create API key").click()
        expect(modal.locator(".errorlist").first).to_be_visible()
        assert look(page) == []
        modal.get_by_label("Name").fill("new")
        modal.get_by_label("Addresses").fill(MANY_NETWORKS)
        modal.get_by_role("button", name="Create API key").click()
        expect(modal.get_by_role("heading", name="API key created")).to_be_visible()
        assert look(page) == []


@pytest.mark.parametrize("width", [1024, 1280, 1366, 1920])
def test_no_page_scrolls_sideways_at_any_width(browser: Browser, server: Server, user: User, width: int) -> None:
    with visit(browser, server, user, viewport={"width": width, "height": 800}) as page:
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@every_size
def test_every_action_on_a_key_is_within_the_screen(browser: Browser, server: Server, user: User, size: str) -> None:
    with visit(browser, server, user, viewport=SIZES[size]) as page:
        for row in page.locator("tbody tr").all():
            row.locator("summary").click()
            for link in row.get_by_role("link").all():
                box = link.bounding_box()
                assert box
                assert (box["x"] >= 0, box["x"] + box["width"] <= SIZES[size]["width"]) == (True, True)
            page.keyboard.press("Escape")


@every_size
def test_several_keys_are_chosen_and_paused(browser: Browser, server: Server, user: User, size: str) -> None:
    with visit(browser, server, user, viewport=SIZES[size]) as page:
        page.get_by_label("Select grid bot").check()
        page.get_by_label("Select ending").check()
        page.get_by_role("button", name="Pause", exact=True).click()
        expect(dialog(page).get_by_role("heading", name="Pause API keys")).to_be_visible()
        assert look(page) == []
        dialog(page).get_by_role("button", name="Pause 2 keys").click()
        expect(page.get_by_role("row").filter(has_text="Paused")).to_have_count(3)
        expect(page.locator("#key-table")).to_be_focused()  # the opener is hidden by now


def test_choices_are_visible_in_forced_colours(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user, f"{KEYS}new/", forced_colors="active") as page:
        chosen = page.get_by_label("Only these")
        expect(chosen).to_have_css("appearance", "auto")
        expect(page.get_by_role("button", name="Create API key")).to_have_css("border-top-style", "solid")


def test_other_pages_are_in_a_menu_on_a_phone(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user, viewport=PHONE) as page:
        page.get_by_role("button", name="Portfolio pages").click()
        page.get_by_role("link", name="API guide", exact=True).click()
        expect(page.get_by_role("heading", name="API guide")).to_be_visible()
