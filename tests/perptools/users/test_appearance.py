"""Light or dark, chosen in Settings."""

import pytest
from django.contrib.auth.models import User

from tests.support.browser_client import SETTINGS, TraderBrowser, text
from tests.support.factories import make_trader

pytestmark = pytest.mark.django_db

CHOOSE = f"{SETTINGS}appearance/"


@pytest.fixture
def user() -> User:
    return make_trader()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_choice_is_kept_in_a_cookie(user: User, theme: str) -> None:
    browser = TraderBrowser(user)
    answer = browser.post(CHOOSE, {"theme": theme})
    assert (answer.url, answer.cookies["theme"]["httponly"], answer.cookies["theme"]["samesite"]) == (
        SETTINGS,
        True,
        "Lax",
    )
    assert f'<html lang="en" data-theme="{theme}"' in browser.get(SETTINGS).content.decode()


def test_system_removes_the_choice(user: User) -> None:
    browser = TraderBrowser(user)
    browser.post(CHOOSE, {"theme": "dark"})
    browser.post(CHOOSE, {"theme": "system"})
    assert "data-theme" not in browser.get(SETTINGS).content.decode()


@pytest.mark.parametrize("theme", ["", "purple", '"><script>'])
def test_anything_else_is_rejected(user: User, theme: str) -> None:
    browser = TraderBrowser(user)
    browser.post(CHOOSE, {"theme": theme})
    assert "theme" not in browser.http.cookies
    assert "Choose System, Light or Dark." in text(browser.get(SETTINGS))


def test_foreign_cookie_is_ignored(user: User) -> None:
    browser = TraderBrowser(user)
    browser.http.cookies["theme"] = '"><script>alert(1)</script>'
    page = browser.get(SETTINGS).content.decode()
    assert "data-theme" not in page
    assert "<script>alert" not in page


def test_stranger_can_choose_nothing() -> None:
    assert TraderBrowser().post(CHOOSE, {"theme": "dark"}).url.startswith("/account/login/")
