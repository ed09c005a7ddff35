"""Review in the browser: fixes by one click, the walkthrough by keyboard, and accessibility."""

import re

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Browser, expect

from apikeys.usage import recorder as usage_recorder
from tests.browser.accessibility import SIZES, every_size, look
from tests.browser.signed_in_page import dialog, visit
from tests.support.browser_client import PASSWORD
from tests.support.factories import make_trader
from tests.support.risky_keys import DAY, HOUR, aged, risky_trader
from tests.support.servers import Server
from tests.support.usage_data import use

pytestmark = [pytest.mark.browser, pytest.mark.server]

REVIEW = "/portfolio/api-keys/review/"


def test_fix_takes_one_click_and_shows_its_impact(browser: Browser, server: Server) -> None:
    trader = risky_trader()
    with visit(browser, server, trader, REVIEW) as page:
        expect(page.get_by_text("0 of 40 requests in 30 days would have been blocked.")).to_be_visible()
        page.get_by_role("button", name="Lock open").click()
        page.get_by_text("open is locked to where it was used").wait_for()
        expect(page.get_by_role("link", name="Review 5 open findings")).to_be_visible()
    assert trader.account.keys.get(name="open").networks == "203.0.113.0/24"


@every_size
def test_click_applies_the_shown_fix_or_shows_the_new_one(browser: Browser, server: Server, size: str) -> None:
    trader = risky_trader()
    key = trader.account.keys.get(name="open")
    with visit(browser, server, trader, REVIEW, viewport=SIZES[size]) as page:
        use(key, timezone.now(), address="45.9.148.7", calls=3)
        usage_recorder.flush()
        page.get_by_role("button", name="Lock open").click()
        expect(page.get_by_role("alert")).to_contain_text("Nothing was changed.")
        expect(dialog(page).get_by_text("Only from")).to_contain_text("203.0.113.0/24, 45.9.148.0/24")
        assert look(page) == []
        key.refresh_from_db()
        assert key.networks == ""
        page.get_by_role("button", name="Lock key").click()
        page.get_by_text("open is locked to where it was used").wait_for()
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


# -- Findings of one kind, fixed in place ------------------------------------------------------------------------------


def open_bots(count: int = 4) -> User:
    """Create keys without an IP restriction, each used from its own network, and one that was never used."""
    user, now = make_trader(), timezone.now()
    for number in range(count):
        key = aged(20 * DAY, user.account, name=f"bot {number}", networks="").key
        use(key, now - HOUR, address=f"45.9.{number}.7", calls=10)
    aged(20 * DAY, user.account, name="spare", networks="")
    usage_recorder.flush()
    return user


def networks(user: User) -> list[str]:
    return list(user.account.keys.exclude(name="spare").order_by("name").values_list("networks", flat=True))


@every_size
def test_all_keys_are_fixed_in_place_and_given_back(browser: Browser, server: Server, size: str) -> None:
    user = open_bots()
    with visit(browser, server, user, REVIEW, viewport=SIZES[size]) as page:
        page.evaluate("window.samePage = true")
        expect(page.get_by_text("5 keys accept requests from any IP address. All of them can trade.")).to_be_visible()
        assert look(page) == []
        page.get_by_role("button", name="Lock 4 keys to where they were used").click()
        expect(page.get_by_text("4 keys are locked to where they were used")).to_be_visible()
        expect(page.get_by_text("Anyone with the secret can use this key from any IP.")).to_be_visible()
        expect(page.locator("#side-review .count")).to_have_text(re.compile(r"^2\b"))
        assert networks(user) == [f"45.9.{number}.0/24" for number in range(4)]
        assert look(page) == []
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_text("Undone")).to_be_visible()
        expect(page.get_by_role("button", name="Undo")).to_have_count(0)
        expect(page.get_by_text("5 keys accept requests from any IP address.")).to_be_visible()
        assert page.evaluate("window.samePage")
    assert networks(user) == [""] * 4


def test_undo_asks_for_the_password_in_a_dialog(browser: Browser, server: Server) -> None:
    user = open_bots(2)
    user.set_password(PASSWORD)
    user.save()
    with visit(browser, server, user, REVIEW, recently=False) as page:
        page.get_by_role("button", name="Lock 2 keys to where they were used").click()
        page.get_by_role("button", name="Undo").click()
        dialog(page).get_by_label("Confirm your password").fill(PASSWORD)
        assert look(page) == []
        dialog(page).get_by_role("button", name="Undo").click()
        expect(dialog(page)).to_be_hidden()
        expect(page.get_by_text("3 keys accept requests from any IP address.")).to_be_visible()
    assert networks(user) == [""] * 2


def test_keys_are_chosen_in_a_dialog(browser: Browser, server: Server) -> None:
    user = open_bots(3)
    with visit(browser, server, user, REVIEW) as page:
        page.get_by_role("link", name="Choose keys: Open to the internet").click()
        dialog(page).get_by_role("checkbox", name="bot 1").uncheck()
        assert look(page) == []
        dialog(page).get_by_role("button", name="Lock keys").click()
        expect(page.get_by_text("2 keys are locked to where they were used")).to_be_visible()
    assert networks(user) == ["45.9.0.0/24", "", "45.9.2.0/24"]


def test_place_and_focus_stay_after_a_fix(browser: Browser, server: Server) -> None:
    """By keyboard: dismiss a key in the middle of a long list."""
    with visit(browser, server, open_bots(20), f"{REVIEW}any_address/") as page:
        page.get_by_role("link", name="Dismiss: bot 9,").focus()
        page.keyboard.press("Enter")
        dialog(page).get_by_role("radio", name="In 90 days").check()
        assert look(page) == []
        before = page.evaluate("scrollY")
        page.keyboard.press("Enter")
        expect(page.get_by_text("Snoozed for 90 days")).to_be_visible()
        expect(page.get_by_role("link", name="bot 9", exact=True)).to_have_count(0)
        expect(page.locator("li.finding:focus")).to_contain_text("bot 8")
        assert page.evaluate("scrollY") == before > 200


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


@every_size
def test_review_pages_are_accessible(browser: Browser, server: Server, size: str) -> None:
    trader = risky_trader()
    with visit(browser, server, trader, REVIEW, viewport=SIZES[size]) as page:
        for path in (REVIEW, f"{REVIEW}all/", "/report-a-leak/"):
            page.goto(path)
            assert look(page) == [], path
