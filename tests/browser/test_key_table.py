"""The table of keys: heights, one signal per row, quiet actions, and two lines for each key on a phone."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from apikeys.keys import pausing
from apikeys.models import Kind
from tests.browser.accessibility import SIZES, every_size, look
from tests.browser.signed_in_page import box, dialog, visit
from tests.support.factories import BOTH, make_key, make_trader, owner
from tests.support.key_forms import used
from tests.support.servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.server]

HEIGHTS = {"desktop": 44, "tablet": 44, "large phone": 96, "phone": 96}
FILLED = """() => Array.from(document.querySelectorAll("main :is(a, button), header :is(a, button, summary)"))
    .filter((element) => {
        const { backgroundColor, backgroundImage, backgroundClip } = getComputedStyle(element);
        const filled = backgroundColor === "rgb(11, 116, 171)" || backgroundImage.includes("gradient");
        return filled && backgroundClip !== "text";
    })
    .map((element) => element.textContent.trim())"""


@pytest.fixture
def user(server: Server) -> User:
    user = make_trader()
    make_key(user.account, name="x" * 64, networks="2001:db8:ffff:ffff::/64,203.0.113.7", permissions=BOTH)
    make_key(user.account, name="ending", networks="203.0.113.7", expires_at=timezone.now() + timedelta(days=2))
    make_key(user.account, name="dashboard", kind=Kind.BEARER)
    used(make_key(user.account, name="grid bot", networks="203.0.113.7").key, timedelta(hours=1))
    return user


@every_size
def test_rows_are_low(browser: Browser, server: Server, user: User, size: str) -> None:
    with visit(browser, server, user, viewport=SIZES[size]) as page:
        assert all(box(row)["height"] <= HEIGHTS[size] for row in page.locator("tbody tr").all())
        is_table = page.locator("thead").is_visible()
        assert is_table is (size in ("desktop", "tablet"))
        assert look(page) == []


@every_size
def test_every_cell_is_within_its_row_and_covers_no_other(
    browser: Browser, server: Server, user: User, size: str
) -> None:
    with visit(browser, server, user, viewport=SIZES[size]) as page:
        for row in page.locator("tbody tr").all():
            around = box(row)
            cells = sorted((box(cell) for cell in row.locator("> *").all() if cell.is_visible()), key=lambda c: c["x"])
            assert all(around["x"] <= cell["x"] and cell["right"] <= around["right"] + 1 for cell in cells)
            for one in cells:
                for other in cells:
                    apart = one["right"] <= other["x"] + 1 or other["right"] <= one["x"] + 1
                    above = one["bottom"] <= other["y"] + 1 or other["bottom"] <= one["y"] + 1
                    assert one is other or apart or above


@pytest.mark.parametrize("size", ["large phone", "phone"])
def test_row_on_a_phone_shows_the_end_of_its_id(browser: Browser, server: Server, user: User, size: str) -> None:
    """All IDs begin alike."""
    pausing.pause(make_key(user.account, permissions=BOTH).key, by=owner(user))
    with visit(browser, server, user, viewport=SIZES[size]) as page:
        for key in user.account.keys.all():
            cell = page.locator(f"#key-{key.pk} .key-id")
            assert cell.inner_text() == key.public_id[-4:]
            assert cell.evaluate("({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth")


@pytest.mark.parametrize("size", ["large phone", "phone"])
def test_tools_above_the_cards_take_one_line(browser: Browser, server: Server, user: User, size: str) -> None:
    with visit(browser, server, user, viewport=SIZES[size]) as page:
        select_all, sort = box(page.get_by_label("Select all on this page")), box(page.get_by_label("Sort by"))
        assert select_all["right"] < sort["x"]
        assert sort["y"] < select_all["bottom"]


def test_create_is_the_only_filled_control(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user) as page:
        assert page.evaluate(FILLED) == ["Create API key"]


def test_row_has_one_signal_that_says_why(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user) as page:
        row = page.get_by_role("row", name="dashboard")
        expect(row.locator(".warning, .notice")).to_have_count(0)
        signal = row.get_by_role("link", name="1 finding")
        expect(signal.get_by_role("tooltip")).to_be_hidden()
        signal.focus()
        expect(signal.get_by_role("tooltip")).to_be_visible()
        expect(page.get_by_role("row", name="grid bot").locator(".signal")).to_have_count(0)
        signal.click()
        expect(page.get_by_role("heading", name="Health")).to_be_visible()


def test_key_id_is_copied_as_it_is_shown(browser: Browser, server: Server, user: User) -> None:
    key = user.account.keys.get(name="dashboard")
    with visit(browser, server, user, permissions=["clipboard-read", "clipboard-write"]) as page:
        row = page.get_by_role("row", name="dashboard")
        expect(row).to_contain_text(f"ptk_{key.public_id}")
        row.get_by_role("button", name="Copy key ID dashboard").click()
        expect(page.get_by_text("Key ID copied. This is not the token.")).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()") == f"ptk_{key.public_id}"
        page.get_by_role("searchbox").fill(f"ptk_{key.public_id}")
        expect(page.locator("tbody tr")).to_have_count(1)


@pytest.mark.parametrize("size", ["tablet", "phone"])
def test_menu_has_what_the_row_has_no_room_for(browser: Browser, server: Server, user: User, size: str) -> None:
    with visit(browser, server, user, viewport=SIZES[size]) as page:
        for verb in ("Edit", "Delete"):
            page.get_by_label("More for grid bot").click()
            page.get_by_role("row", name="grid bot").get_by_role("link", name=verb, exact=True).click()
            expect(dialog(page).get_by_role("heading", name=f"{verb} API key")).to_be_visible()
            page.keyboard.press("Escape")
            expect(page.get_by_label("More for grid bot")).to_be_focused()


def touch(page: Page, name: str) -> None:
    row = box(page.get_by_role("row", name=name))
    page.mouse.click(row["x"] + 100, row["bottom"] - 12)


def test_row_on_a_phone_opens_the_keys_page(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user, viewport=SIZES["phone"]) as page:
        touch(page, "grid bot")
        expect(page.get_by_role("heading", name="grid bot")).to_be_visible()


def test_history_is_exported_from_a_menu(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user) as page:
        page.get_by_text("Export").click()
        with page.expect_download() as download:
            page.get_by_role("link", name="CSV").click()
        assert "grid bot" in download.value.path().read_text()


def test_account_is_a_small_button(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user) as page:
        button = page.get_by_label(f"Account: {user.email}")
        assert (box(button)["width"], box(button)["height"]) == (32, 32)
        button.click()
        expect(page.get_by_text(f"Signed in as {user.email}")).to_be_visible()
