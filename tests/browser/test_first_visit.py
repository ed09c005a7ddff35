"""The first visit: what is sent, whether anything moves, and what the console says."""

import re

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Route, expect

from tests.browser.accessibility import SIZES, every_size
from tests.browser.signed_in_page import dialog, visit, wait_until_still
from tests.support.browser_client import KEYS, SETTINGS
from tests.support.factories import make_key, make_trader
from tests.support.servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.server]

MOST_BYTES = 120_000
SHIFTS = """new PerformanceObserver((list) => {
    window.shifted = (window.shifted || 0) + list.getEntries().reduce((sum, entry) => sum + entry.value, 0);
}).observe({ type: "layout-shift", buffered: true })"""
SENT = """() => performance.getEntriesByType("navigation").concat(performance.getEntriesByType("resource"))
    .reduce((sum, entry) => sum + entry.transferSize, 0)"""


@pytest.fixture
def user(server: Server) -> User:
    user = make_trader()
    for number in range(10):
        make_key(user.account, name=f"bot {number}", networks="203.0.113.7")
    return user


@every_size
@pytest.mark.parametrize("path", [KEYS, f"{KEYS}new/", f"{KEYS}review/", "/guide", SETTINGS])
def test_first_visit_is_light_and_still(browser: Browser, server: Server, user: User, size: str, path: str) -> None:
    said: list[str] = []
    with visit(browser, server, user, "/account/logout/", viewport=SIZES[size]) as page:
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.add_init_script(SHIFTS)
        network = page.context.new_cdp_session(page)
        network.send("Network.enable")
        network.send("Network.setCacheDisabled", {"cacheDisabled": True})
        page.goto(path)
        page.wait_for_load_state("networkidle")
        wait_until_still(page)
        assert 50_000 < page.evaluate(SENT) <= MOST_BYTES
        assert page.evaluate("window.shifted || 0") < 0.01
    assert said == []


@pytest.mark.parametrize("path", [KEYS, "/guide"])
def test_fonts_that_arrive_late_move_nothing(browser: Browser, server: Server, user: User, path: str) -> None:
    late: list[Route] = []
    with visit(browser, server, user, "/account/logout/", viewport=SIZES["large phone"]) as page:
        page.add_init_script(SHIFTS)
        page.route(re.compile(r"/fonts/"), lambda route: late.append(route))
        page.goto(path, wait_until="domcontentloaded")
        page.wait_for_function("() => performance.getEntriesByName('first-contentful-paint').length")
        for route in late:
            route.continue_()
        page.wait_for_load_state("networkidle")
        wait_until_still(page)
        assert len(late) == 2
        assert page.evaluate("window.shifted || 0") < 0.01


def test_slow_network_shows_progress_and_no_error(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user) as page:
        slow = {"offline": False, "latency": 900, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
        page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", slow)
        page.get_by_role("link", name="Create API key").click()
        expect(page.locator("#progress.htmx-request")).to_be_attached()
        dialog(page).get_by_label("Name").fill("slow")
        dialog(page).get_by_label("Any address").check()
        dialog(page).get_by_role("button", name="Create API key").click()
        expect(dialog(page).locator("form[aria-busy=true]")).to_be_visible()
        expect(dialog(page).get_by_role("heading", name="API key created")).to_be_visible()
        expect(page.locator(".toast.error")).to_have_count(0)


@pytest.mark.parametrize(
    "path", [KEYS, f"{KEYS}new/", f"{KEYS}review/", f"{KEYS}review/any_address/", "/guide", SETTINGS]
)
def test_nothing_scrolls_sideways_at_200_percent(browser: Browser, server: Server, user: User, path: str) -> None:
    with visit(browser, server, user, path, viewport={"width": 720, "height": 450}) as page:
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        for element in page.locator("dialog, .modal, #key-table").all():
            assert element.evaluate("element => element.scrollWidth <= element.clientWidth")


def test_touch_targets_have_at_least_40_pixels(browser: Browser, server: Server, user: User) -> None:
    with visit(browser, server, user, viewport=SIZES["large phone"], has_touch=True, is_mobile=True) as page:
        page.get_by_label("More for bot 0").click()
        targets = ".button, .icon-button, .avatar, .menu[open] li > a, select"
        small = page.evaluate(
            """(targets) => Array.from(document.querySelectorAll(targets))
            .filter((element) => element.offsetParent && element.getBoundingClientRect().height < 40)
            .map((element) => element.outerHTML)""",
            targets,
        )
        assert small == []
