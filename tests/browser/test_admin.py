"""The Django admin in the browser: our colours, its start page, long names."""

import pytest
from playwright.sync_api import Browser, expect

from apikeys.keys import leak_response
from apikeys.usage import recorder as usage_recorder
from tests.browser.accessibility import SCHEMES, SIZES, every_size, look
from tests.browser.signed_in_page import box, visit
from tests.support.factories import BOTH, make_key, make_trader
from tests.support.servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.server]

KEYS = "/admin/apikeys/apikey/"
LONG = "W" * 64
BROKEN_WORDS = """[...document.querySelectorAll("table td, table th")].flatMap((cell) => {
    const found = [], texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    for (let text; (text = texts.nextNode()); )
        for (const { 0: word, index } of text.data.matchAll(/(?<![\\w@.-])[\\w@.-]{1,18}(?![\\w@.-])/g)) {
            const range = document.createRange();
            range.setStart(text, index);
            range.setEnd(text, index + word.length);
            if (new Set([...range.getClientRects()].map(({ top }) => top)).size > 1) found.push(word);
        }
    return found;
})"""


@every_size
def test_start_page_is_accessible(browser: Browser, server: Server, size: str) -> None:
    admin = make_trader(is_staff=True, is_superuser=True)
    leak_response.pause_leaked(make_key(admin.account, name=LONG).key, reason="Leaked in " + "x" * 200)
    with visit(browser, server, admin, "/admin/", viewport=SIZES[size]) as page:
        expect(page.get_by_text("Leaked and still there:")).to_be_visible()
        assert look(page) == []


def test_long_name_hides_no_column(browser: Browser, server: Server) -> None:
    admin = make_trader(is_staff=True, is_superuser=True)
    for name in ("short", LONG):
        make_key(admin.account, name=name, permissions=BOTH, networks="203.0.113.7")
    with visit(browser, server, admin, KEYS) as page:
        table = box(page.locator(".results"))
        for column in ("Status", "Health", "Permissions", "Last used at"):
            heading = box(page.locator("#result_list th", has_text=column))
            assert heading["right"] <= table["right"] + 1, column
        assert page.locator("#result_list td, #result_list th").evaluate_all(
            "cells => cells.every((cell) => cell.scrollWidth <= cell.clientWidth + 1)"
        )


@every_size
@pytest.mark.parametrize(
    "path", [KEYS, "/admin/apikeys/keyevent/", "/admin/apikeys/loggedrequest/", "/admin/trading/market/"]
)
def test_words_of_ordinary_length_do_not_break(browser: Browser, server: Server, size: str, path: str) -> None:
    admin = make_trader(is_staff=True, is_superuser=True)
    issued = make_key(admin.account, name="dashboard", permissions=BOTH)
    issued.client().get("/v1/positions")
    usage_recorder.flush()
    with visit(browser, server, admin, path, viewport=SIZES[size]) as page:
        assert page.locator("table td, table th").count() > 4
        assert page.evaluate(BROKEN_WORDS) == []


def test_chosen_permissions_have_our_colours(browser: Browser, server: Server) -> None:
    """Django's name for their background is our name for a text colour."""
    admin = make_trader(is_staff=True, is_superuser=True)
    with visit(browser, server, admin, f"/admin/auth/user/{admin.pk}/change/") as page:
        title, field = page.locator(".selector-chosen-title"), page.locator(".selector-chosen select")
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            for what in ("backgroundColor", "color"):
                colour = f"element => getComputedStyle(element).{what}"
                assert title.evaluate(colour) == field.evaluate(colour)


def test_admin_has_the_products_colours(browser: Browser, server: Server) -> None:
    admin = make_trader(is_staff=True, is_superuser=True)
    with visit(browser, server, admin, "/admin/", color_scheme="dark") as page:
        colour = "element => getComputedStyle(element).backgroundColor"
        assert page.locator("body").evaluate(colour) == "rgb(3, 5, 7)"
        page.emulate_media(color_scheme="light")
        assert page.locator("body").evaluate(colour) == "rgb(243, 245, 248)"
