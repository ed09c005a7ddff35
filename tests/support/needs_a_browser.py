"""Run only by test_missing_browser.py, on a machine without a browser."""

from playwright.sync_api import Browser


def test_browser_is_available(browser: Browser) -> None:
    assert browser.version
