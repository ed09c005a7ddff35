"""Opening the product in Chromium as somebody who is signed in already."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Locator, Page

from tests.pages import KEYS, TraderBrowser
from tests.servers import Server

PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1440, "height": 900}


@contextmanager
def visit(
    browser: Browser, server: Server, user: User | None, path: str = KEYS, *, recently: bool = True, **options: Any
) -> Iterator[Page]:
    """Open a page with a session made beforehand: what the sign-in form does is tested elsewhere.

    An error of a script, or a breach of the content security policy, fails the test.
    """
    with browser.new_context(base_url=server.url, **options) as context:
        if user:
            session = TraderBrowser(user, recently=recently).http.cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": server.url}])
        page = context.new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda said: problems.append(said.text) if "Content Security Policy" in said.text else None)
        page.goto(path)
        yield page
        assert not problems


def dialog(page: Page) -> Locator:
    return page.get_by_role("dialog")


def open_modal(page: Page, verb: str, name: str = "grid bot") -> Locator:
    """Open a row's modal, or the create modal."""
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
