"""Light and dark, high contrast, forced colours, and paper."""

import re

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Page, expect

from tests.browser.accessibility import SCHEMES, Scheme, look
from tests.browser.signed_in_page import DESKTOP, box, open_modal, visit, wait_until_still
from tests.support.browser_client import KEYS, SETTINGS
from tests.support.factories import make_key, make_trader
from tests.support.servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.server]

WHITE, DARK = "rgb(255, 255, 255)", "rgb(11, 16, 21)"


@pytest.fixture
def user(server: Server) -> User:
    user = make_trader()
    for number in range(3):
        make_key(user.account, name=f"bot {number}", networks="203.0.113.7")
    return user


def colour_of(page: Page, place: str, what: str = "backgroundColor") -> str:
    return str(page.locator(place).first.evaluate(f"element => getComputedStyle(element).{what}"))


def test_system_decides_at_first(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user, color_scheme="light") as page:
        assert colour_of(page, ".card") == WHITE
        page.emulate_media(color_scheme="dark")
        assert colour_of(page, ".card") == DARK


@pytest.mark.parametrize("scheme", SCHEMES)
def test_backdrop_darkens_the_space_of_the_scroll_bar(
    browser: Browser, server: Server, user: User, scheme: Scheme
) -> None:
    with visit(browser, server, user, viewport=DESKTOP, color_scheme=scheme) as page:
        open_modal(page, "Create API key")
        wait_until_still(page)
        places = [{"x": x, "y": DESKTOP["height"] - 4, "width": 1, "height": 1} for x in (1420, DESKTOP["width"] - 2)]
        beside, over_the_scroll_bar = (page.screenshot(clip=place) for place in places)
        assert beside == over_the_scroll_bar


def test_choice_in_settings_stays_on_every_page(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user, SETTINGS, color_scheme="light") as page:
        page.get_by_role("button", name="Dark").click()
        expect(page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
        assert colour_of(page, ".card") == DARK
        for path in (KEYS, "/guide", "/nothing"):
            page.goto(path)
            assert colour_of(page, "body", "color") == "rgb(237, 239, 242)", path
        page.goto(SETTINGS)
        page.get_by_role("button", name="System").click()
        expect(page.get_by_role("button", name="System")).to_have_attribute("aria-pressed", "true")
        assert colour_of(page, ".card") == WHITE


def test_choice_works_without_scripts(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user, SETTINGS, color_scheme="dark", java_script_enabled=False) as page:
        page.get_by_role("button", name="Light").click()
        expect(page.locator("html")).to_have_attribute("data-theme", "light")


def test_high_contrast_strengthens_text_and_lines(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user, color_scheme="dark") as page:
        before = colour_of(page, "thead th", "color")
        page.emulate_media(contrast="more")
        assert colour_of(page, "thead th", "color") != before
        assert colour_of(page, ".box", "borderTopColor") == "rgba(255, 255, 255, 0.24)"
        assert look(page) == []


def test_forced_colours_keep_what_is_chosen_visible(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user, f"{KEYS}new/", forced_colors="active") as page:
        assert colour_of(page, ".tile input:checked + span", "outlineStyle") == "solid"
        assert colour_of(page, ".button.primary", "borderTopStyle") == "solid"


@pytest.mark.parametrize("path", [KEYS, "/guide"])
def test_paper_shows_the_contents_alone(browser: Browser, server: Server, user: User, path: str) -> None:
    with visit(browser, server, user, path, color_scheme="dark", viewport={"width": 1032, "height": 720}) as page:
        page.emulate_media(media="print", color_scheme="dark")
        for hidden in (".top", ".side", ".skip", ".toasts", ".filter", ".row-actions", ".contents"):
            for element in page.locator(hidden).all():
                expect(element).to_be_hidden()
        assert colour_of(page, "h1", "color") == "rgb(0, 0, 0)"
        assert colour_of(page, ".card") == WHITE
        if path == KEYS:
            rows = page.locator("#key-table tbody tr").all()
            assert {box(row)["height"] < 60 for row in rows} == {True}
            expect(page.get_by_role("columnheader", name="Restricted IP")).to_be_visible()


def test_pages_fit_on_few_sheets(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user, "/guide") as page:
        sheets = len(re.findall(rb"/Type\s*/Page\b", page.pdf()))
        assert sheets <= 9
