"""Review in the browser: fixes by one click, the walkthrough by keyboard, and accessibility."""

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, expect

from apikeys.usage import recorder as usage_recorder
from tests.browser.accessibility import SIZES, both_sizes, look
from tests.browser.signed_in_page import visit
from tests.support.risky_keys import risky_trader
from tests.support.servers import Server
from tests.support.usage_data import use

pytestmark = [pytest.mark.browser, pytest.mark.server]

REVIEW = "/portfolio/api-keys/review/"


def test_fix_takes_one_click_and_shows_its_impact(browser: Browser, server: Server) -> None:
    trader = risky_trader()
    with visit(browser, server, trader, REVIEW) as page:
        expect(page.get_by_text("0 of 40 requests in 30 days would have been blocked.")).to_be_visible()
        page.get_by_role("button", name="Lock open").click()
        page.get_by_text("open is locked to where it was used from").wait_for()
        expect(page.get_by_role("link", name="Review 5 open findings")).to_be_visible()
    assert trader.account.keys.get(name="open").networks == "203.0.113.0/24"


@both_sizes
def test_click_applies_the_shown_fix_or_shows_the_new_one(browser: Browser, server: Server, size: str) -> None:
    trader = risky_trader()
    key = trader.account.keys.get(name="open")
    with visit(browser, server, trader, REVIEW, viewport=SIZES[size]) as page:
        use(key, timezone.now(), address="45.9.148.7", calls=3)
        usage_recorder.flush()
        page.get_by_role("button", name="Lock open").click()
        expect(page.get_by_role("alert")).to_contain_text("Nothing was changed.")
        expect(page.get_by_text("Only these IP addresses will be able to use it")).to_contain_text(
            "203.0.113.0/24, 45.9.148.0/24"
        )
        assert look(page) == []
        key.refresh_from_db()
        assert key.networks == ""
        page.get_by_role("button", name="Lock key").click()
        page.get_by_text("open is locked to where it was used from").wait_for()
    key.refresh_from_db()
    assert key.networks == "203.0.113.0/24,45.9.148.0/24"


def test_every_key_is_reviewed_by_keyboard(browser: Browser, server: Server) -> None:
    trader = risky_trader()
    with visit(browser, server, trader, f"{REVIEW}all/") as page:
        for number in range(1, 8):
            page.get_by_text(f"Key {number} of 7").wait_for()
            page.wait_for_load_state()  # until its script has loaded
            expect(page.get_by_role("button", name="Keep")).to_be_focused()
            page.keyboard.press("p" if number == 3 else "k")
        page.get_by_role("heading", name="All keys are reviewed").wait_for()
    keys = trader.account.keys
    assert (keys.filter(reviewed_at=None).count(), keys.exclude(paused_at=None).count()) == (0, 2)


@pytest.mark.parametrize("side", ["open", "collapsed"])
def test_count_in_the_side_bar_stays_within_it(browser: Browser, server: Server, side: str) -> None:
    with visit(browser, server, risky_trader(), REVIEW) as page:
        page.context.add_cookies([{"name": "side", "value": side, "url": server.url}])
        page.reload()
        boxes = [link.bounding_box() for link in page.locator("#side li a").all()]
        assert len({box and box["width"] for box in boxes}) == 1
        icon, count = (page.locator(f"#side [href='{REVIEW}'] {part}").bounding_box() for part in (".icon", ".count"))
        assert icon
        assert count
        assert count["x"] >= icon["x"] + icon["width"] / 2 or count["y"] + count["height"] <= icon["y"]


@both_sizes
def test_review_pages_are_accessible(browser: Browser, server: Server, size: str) -> None:
    trader = risky_trader()
    with visit(browser, server, trader, REVIEW, viewport=SIZES[size]) as page:
        for path in (REVIEW, f"{REVIEW}all/", "/report-a-leak/"):
            page.goto(path)
            assert look(page) == [], path
