"""Errors and failures of forms: in sight at every size, counted, and gone after success."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Locator, Page, Route, expect

from apikeys.keys import deletion
from apikeys.models import ApiKey
from tests.browser.accessibility import SIZES, every_size, look
from tests.browser.signed_in_page import dialog, open_modal, visit, wait_until_still
from tests.support.factories import make_key, make_trader, owner
from tests.support.key_forms import used
from tests.support.servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.server]

RED = "rgb(192, 31, 85)"  # in the light scheme, which the browser prefers
UNREACHABLE = "Couldn’t reach the server."


@pytest.fixture
def user(server: Server) -> User:
    return make_trader()


def in_sight(modal: Locator, place: Locator) -> bool:
    """Return whether a place is between the header and the footer of its dialog, and not scrolled away."""
    body, found = modal.locator(".modal-body").bounding_box(), place.bounding_box()
    assert body
    assert found
    return body["y"] <= found["y"] and found["y"] + found["height"] <= body["y"] + body["height"] + 1


def submit(modal: Locator) -> None:
    modal.locator(".actions [type=submit]").click()


def leave_addresses_empty(page: Page) -> None:
    modal = open_modal(page, "Create API key")
    modal.get_by_label("Name").fill("new")


def list_many_wrong_addresses(page: Page) -> None:
    modal = open_modal(page, "Edit")
    modal.get_by_label("IP addresses").fill(" ".join(f"nowhere-{number}" for number in range(30)))


def leave_the_date_empty(page: Page) -> None:
    modal = open_modal(page, "Regenerate")
    modal.get_by_label("Expires after").select_option("date")


def type_another_name(page: Page) -> None:
    open_modal(page, "Delete").get_by_role("textbox").fill("another")


MISTAKES = [leave_addresses_empty, list_many_wrong_addresses, leave_the_date_empty, type_another_name]


@every_size
@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.__name__)
def test_first_error_is_in_sight_and_red(
    browser: Browser, server: Server, user: User, size: str, mistake: Callable[[Page], None]
) -> None:
    used(make_key(user.account, name="grid bot", networks="203.0.113.7").key, timedelta(hours=1))
    with visit(browser, server, user, viewport=SIZES[size]) as page:
        mistake(page)
        modal = dialog(page)
        submit(modal)
        expect(modal.get_by_role("link", name="1 thing to fix")).to_be_visible()
        field = modal.locator("[aria-invalid=true]").first
        expect(field).to_be_focused()
        expect(field).to_have_css("border-top-color", RED)
        expect(field).to_have_css("outline-color", RED)
        assert in_sight(modal, modal.locator(".errorlist li").first)
        assert look(page) == []


def test_footer_counts_and_leads_to_the_first_error(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user, viewport=SIZES["phone"]) as page:
        modal = open_modal(page, "Create API key")
        modal.get_by_label("IP addresses").fill("nowhere")
        submit(modal)
        modal.get_by_label("Expires after").focus()
        modal.get_by_role("link", name="2 things to fix").click()
        expect(modal.get_by_label("Name")).to_be_focused()
        modal.get_by_label("IP addresses").fill("203.0.113.7")
        modal.get_by_label("Name").focus()
        expect(modal.get_by_role("link", name="1 thing to fix")).to_be_visible()  # without sending the form


@every_size
def test_lost_connection_is_said_in_the_dialog_until_it_is_back(
    browser: Browser, server: Server, user: User, size: str
) -> None:
    with visit(browser, server, user, viewport=SIZES[size]) as page:
        modal = open_modal(page, "Create API key")
        modal.get_by_label("Name").fill("grid bot")
        modal.get_by_label("Any address").check()
        page.context.set_offline(True)
        submit(modal)
        expect(modal.get_by_role("alert")).to_contain_text(UNREACHABLE)
        expect(page.locator(".toast")).to_have_count(0)
        assert look(page) == []
        page.context.set_offline(False)
        modal.get_by_role("button", name="Try again").click()
        expect(modal.get_by_role("heading", name="API key created")).to_be_visible()
        expect(page.get_by_text(UNREACHABLE)).to_have_count(0)
        assert ApiKey.objects.count() == 1


def test_lost_connection_while_filling_in_is_not_announced(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user) as page:
        modal = open_modal(page, "Create API key")
        page.context.set_offline(True)
        for field, other in (("Name", "IP addresses"), ("IP addresses", "Name")):
            with page.expect_event("requestfailed"):
                modal.get_by_label(field).fill("203.0.113.7")
                modal.get_by_label(other).focus()
        page.wait_for_function("!document.querySelector('.htmx-request')")
        expect(page.locator(".toast")).to_have_count(0)


def test_failed_opening_is_announced_until_the_next_success(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user) as page:
        page.context.set_offline(True)
        page.get_by_role("link", name="Create API key").click()
        expect(page.get_by_text(UNREACHABLE)).to_be_visible()
        page.context.set_offline(False)
        open_modal(page, "Create API key")
        expect(page.get_by_text(UNREACHABLE)).to_have_count(0)


class Held:
    """Answers requests after `first` of them only when they are released, whenever they arrive."""

    def __init__(self, first: int = 0) -> None:
        self.first, self.waiting, self.released = first, list[Route](), False

    def answer(self, route: Route) -> None:
        self.first -= 1
        if self.released or self.first >= 0:
            route.continue_()
        else:
            self.waiting.append(route)

    def release(self) -> None:
        self.released = True
        for route in self.waiting:
            route.continue_()


def test_nothing_closes_the_dialog_while_a_key_is_created(browser: Browser, server: Server, user: User) -> None:
    held = Held()
    with visit(browser, server, user) as page:
        page.on("dialog", lambda asked: pytest.fail(f"asked: {asked.message}"))
        modal = open_modal(page, "Create API key")
        modal.get_by_label("Name").fill("grid bot")
        modal.get_by_label("Any address").check()
        page.route("**/new/", lambda route: held.answer(route))
        submit(modal)
        button = modal.locator(".actions [type=submit]")
        expect(button).to_be_disabled()
        assert button.evaluate("element => getComputedStyle(element, '::after').content") == '"Creating…"'
        page.keyboard.press("Escape")
        modal.get_by_role("link", name="Cancel").click(force=True)  # it is disabled
        modal.get_by_role("link", name="Close").click()
        page.mouse.click(5, 400)
        expect(modal.get_by_role("heading", name="Create API key")).to_be_visible()
        page.wait_for_function("document.querySelector('dialog #progress.htmx-request')")
        held.release()
        expect(modal.get_by_role("heading", name="API key created")).to_be_visible()


def test_slow_second_answer_does_not_empty_the_form(browser: Browser, server: Server, user: User) -> None:
    """Editing, because a draft would fill the form for a new key again."""
    make_key(user.account, name="grid bot")
    held = Held(first=1)
    with visit(browser, server, user) as page:
        page.route("**/edit/", lambda route: held.answer(route))
        page.get_by_role("link", name="Edit grid bot").dblclick()
        modal = dialog(page)
        modal.get_by_label("Name").fill("grid bot 2")
        with page.expect_request_finished(lambda request: request.url.endswith("/edit/")):
            held.release()
        wait_until_still(page)
        expect(modal.get_by_label("Name")).to_have_value("grid bot 2")


def test_key_that_another_tab_deleted_leaves_the_table(browser: Browser, server: Server, user: User) -> None:
    key = make_key(user.account, name="slow one").key
    make_key(user.account, name="grid bot")
    with visit(browser, server, user) as page:
        deletion.revoke(key, by=owner(user))
        page.get_by_role("link", name="Edit slow one").click()
        expect(page.get_by_text("“slow one” was deleted in another tab.")).to_be_visible()
        expect(page.get_by_role("row", name=re.compile("slow one"))).to_have_count(0)
        expect(page.get_by_role("row", name=re.compile("grid bot"))).to_have_count(1)
