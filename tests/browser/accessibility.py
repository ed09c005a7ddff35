"""Accessibility problems that axe finds, at all sizes and in both colour schemes."""

from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.signed_in_page import DESKTOP, PHONE, wait_until_still

SIZES = {
    "desktop": DESKTOP,
    "tablet": {"width": 768, "height": 1024},
    "large phone": {"width": 390, "height": 844},
    "phone": PHONE,
}

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")

every_size = pytest.mark.parametrize("size", SIZES)


def look(page: Page) -> list[str]:
    """Return the problems of the current page, in both colour schemes."""
    found = [f"{scheme}: {problem}" for scheme in SCHEMES for problem in _look(page, scheme)]
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        found.append("The page scrolls sideways.")
    return found


def _look(page: Page, scheme: Scheme) -> list[str]:
    page.emulate_media(color_scheme=scheme)
    wait_until_still(page)  # contrast is measured once nothing moves
    options: dict[str, Any] = {
        "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
        "resultTypes": ["violations"],  # descriptions of what passes would take three times as long
    }
    violations = Axe().run(page, options=options).response["violations"]
    return [f"{one['id']}: {node['html'][:150]}" for one in violations for node in one["nodes"]]
