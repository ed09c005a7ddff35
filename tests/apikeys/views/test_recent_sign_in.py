"""Which changes of a key ask for the password."""

import pytest

from apikeys.models import ApiKey
from tests.support.browser_client import PASSWORD, TraderBrowser, form, text
from tests.support.key_forms import NEW

pytestmark = pytest.mark.django_db


def test_creating_a_key_long_after_sign_in_asks_for_the_password(stale: TraderBrowser) -> None:
    assert 'name="password"' in stale.htmx_get(NEW).content.decode()
    answer = stale.htmx_post(NEW, form())
    assert ('name="password"' in answer.content.decode(), ApiKey.objects.count()) == (True, 0)


def test_creating_a_key_just_after_sign_in_does_not(browser_: TraderBrowser) -> None:
    assert 'name="password"' not in browser_.htmx_get(NEW).content.decode()


def test_right_password_creates_the_key(stale: TraderBrowser) -> None:
    assert "API key created" in text(stale.htmx_post(NEW, form(password=PASSWORD)))


def test_wrong_password_creates_nothing_and_is_not_sent_back(stale: TraderBrowser) -> None:
    answer = stale.htmx_post(NEW, form(password="a wrong guess"))
    assert "Wrong password" in text(answer)
    assert ("a wrong guess" in answer.content.decode(), ApiKey.objects.count()) == (False, 0)


@pytest.mark.parametrize("password", ["", "\0", "x" * 100_000])
def test_invalid_password_creates_nothing(stale: TraderBrowser, password: str) -> None:
    assert stale.htmx_post(NEW, form(password=password)).status_code == 200
    assert ApiKey.objects.count() == 0


def test_password_guesses_are_limited(stale: TraderBrowser) -> None:
    for _ in range(10):
        stale.htmx_post(NEW, form(password="a wrong guess"))
    assert "After several attempts" in text(stale.htmx_post(NEW, form(password=PASSWORD)))
    assert ApiKey.objects.count() == 0
