"""Open the product in Chromium as a signed-in user."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Locator, Page

from tests.support.browser_client import KEYS, TraderBrowser
from tests.support.servers import Server, new_page

PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1440, "height": 900}


@contextmanager
def visit(
    browser: Browser, server: Server, user: User | None, path: str = KEYS, *, recently: bool = True, **options: Any
) -> Iterator[Page]:
    """Open a page with an existing session. Other tests cover the sign-in form."""
    with new_page(browser, server, **options) as page:
        if user:
            session = TraderBrowser(user, recently=recently).http.cookies[settings.SESSION_COOKIE_NAME].value
            page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": server.url}])
        page.goto(path)
        yield page


def dialog(page: Page) -> Locator:
    return page.get_by_role("dialog")


def box(place: Locator) -> dict[str, float]:
    """Return where a place is on the screen, in pixels."""
    found = place.bounding_box()
    assert found
    return {**found, "right": found["x"] + found["width"], "bottom": found["y"] + found["height"]}


def open_modal(page: Page, verb: str, name: str = "grid bot") -> Locator:
    """Open a row's modal, or the modal for creating a key."""
    if verb == "Create API key":
        page.get_by_role("link", name=verb).click()
    else:
        row = page.get_by_role("row", name=name)
        link = row.get_by_role("link", name=verb)
        if not link.is_visible():
            row.get_by_label(f"More for {name}").click()
        link.click()
    dialog(page).wait_for()
    return dialog(page)


def wait_until_still(page: Page) -> None:
    """Wait until all transitions have ended, except for endless ones such as spinners."""
    page.evaluate(STILL)


STILL = """async () => {
    const frame = () => new Promise(requestAnimationFrame);
    const ends = (animation) => animation.effect.getComputedTiming().endTime !== Infinity;
    const moving = () => document.getAnimations().filter(ends);
    await frame();
    await frame();
    while (moving().length) {
        await Promise.allSettled(moving().map((each) => each.finished));
        await frame();
    }
}"""
