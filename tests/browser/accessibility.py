"""Accessibility problems that axe finds, at both sizes."""

from typing import Any

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

both_sizes = pytest.mark.parametrize("size", ["desktop", "phone"])
every_size = pytest.mark.parametrize("size", SIZES)


def look(page: Page) -> list[str]:
    """Return the problems of the current page."""
    wait_until_still(page)  # contrast is measured once nothing moves
    options: dict[str, Any] = {
        "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
        "resultTypes": ["violations"],  # descriptions of what passes would take three times as long
    }
    violations = Axe().run(page, options=options).response["violations"]
    found = [f"{one['id']}: {node['html'][:150]}" for one in violations for node in one["nodes"]]
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        found.append("The page scrolls sideways.")
    return found
