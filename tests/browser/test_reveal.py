"""The reveal of a new key: three steps in sight, and a remembered language."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Page, expect

from tests.browser.accessibility import SIZES, look
from tests.browser.page_states import create
from tests.browser.signed_in_page import box, dialog, open_modal, visit
from tests.support.factories import make_trader
from tests.support.servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.server]


@pytest.fixture
def user(server: Server) -> User:
    return make_trader()


def own_key(page: Page) -> None:
    modal = open_modal(page, "Create API key")
    modal.get_by_label("Name").fill("own")
    modal.get_by_label("Any address").check()
    modal.get_by_text("Advanced").click()
    modal.get_by_role("radio", name="My own public key").check()
    modal.get_by_label("Public key", exact=True).fill("ed25519:FAe4sisG95oZ42w7buUn5qEE4TAnfTTFPiguZUHmhiF")
    modal.get_by_role("button", name="Create API key").click()


CREATIONS = [create, lambda page: create(page, "Bearer token"), own_key]


@pytest.mark.parametrize("size", ["desktop", "large phone"])
@pytest.mark.parametrize("creation", CREATIONS, ids=["signing", "bearer", "own"])
def test_all_steps_are_above_the_fold(
    browser: Browser, server: Server, user: User, size: str, creation: Callable[[Page], None]
) -> None:
    with visit(browser, server, user, viewport=SIZES[size]) as page:
        creation(page)
        modal = dialog(page)
        waiting = modal.get_by_text("We’ll show your first request here.")
        expect(waiting).to_be_visible()
        assert box(waiting)["bottom"] <= box(modal.locator(".modal-foot"))["y"]
        assert box(modal)["bottom"] <= SIZES[size]["height"]
        expect(modal.get_by_text("Account ID", exact=True)).to_be_hidden()  # under Details
        expect(page.locator(".toast")).to_have_count(0)  # the heading says it
        assert look(page) == []


def test_chosen_language_is_remembered(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user) as page:
        create(page)
        dialog(page).get_by_role("radio", name="Python").check()
        expect(dialog(page).locator("#new-python")).to_be_visible()
        expect(dialog(page).locator("#new-ccxt")).to_be_hidden()
        dialog(page).get_by_label("I’ve saved my secret key").check()
        dialog(page).get_by_role("button", name="Done").click()
        create(page, "Bearer token")
        expect(dialog(page).get_by_role("radio", name="Python")).to_be_checked()
        expect(dialog(page).locator("#new-python")).to_be_visible()
