"""Sign-up, sign-in, sign-out and password reset: every page has our design, and every link works."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from tests.support.browser_client import KEYS, PASSWORD, TraderBrowser, form, text
from tests.support.mailbox import mailed_link

pytestmark = pytest.mark.django_db

STRANGERS = ["login", "signup", "password/reset", "password/reset/done", "confirm-email", "inactive"]
TRADERS = ["logout", "email", "password/change", "reauthenticate"]


@pytest.fixture(autouse=True)
def mails_are_kept(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def sign_in(user: User, **changes: Any) -> Any:
    sent = {"login": user.email, "password": PASSWORD, "next": KEYS} | changes
    return Client().post("/account/login/", sent)


def links(page: Any) -> Iterator[str]:
    yield from re.findall(r'(?:href|action)="(/[^"]*)"', page.content.decode())


@pytest.mark.parametrize("path", STRANGERS)
def test_public_page_has_our_design_and_no_dead_link(path: str) -> None:
    browser = Client()
    page = browser.get(f"/account/{path}/")
    assert 'class="modal page"' in page.content.decode()
    assert all(browser.get(link).status_code in (200, 302) for link in links(page) if not link.startswith("/static"))


@pytest.mark.parametrize("path", TRADERS)
def test_traders_page_has_our_design_and_no_dead_link(user: User, path: str) -> None:
    browser = TraderBrowser(user)
    page = browser.get(f"/account/{path}/")
    assert 'class="modal page"' in page.content.decode()
    assert all(browser.get(link).status_code in (200, 302) for link in links(page) if not link.startswith("/static"))


@pytest.mark.parametrize("path", [*STRANGERS, *TRADERS])
def test_no_page_has_inline_scripts_or_styles(user: User, path: str) -> None:
    page = TraderBrowser(user).http.get(f"/account/{path}/", follow=True).content.decode()
    assert not re.findall(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=", page)


def test_sign_in_leads_to_the_requested_page(user: User) -> None:
    assert sign_in(user)["Location"] == KEYS


def test_sign_in_leads_to_no_other_site(user: User) -> None:
    assert sign_in(user, next="https://evil.example/")["Location"] == KEYS


def test_wrong_password_does_not_reveal_who_exists(user: User) -> None:
    wrong, nobody = sign_in(user, password="wrong"), sign_in(user, login="nobody@example.com")
    assert "The email address and/or password you specified are not correct." in text(wrong)
    assert text(wrong).replace(user.email, "") == text(nobody).replace("nobody@example.com", "")


@pytest.mark.parametrize("field", ["login", "password"])
@pytest.mark.parametrize("value", ["", "\0", "x" * 100_000, "<b>", "a@b@c"])
def test_invalid_sign_in_is_rejected_without_an_error(user: User, field: str, value: str) -> None:
    answer = sign_in(user, **{field: value})
    assert (answer.status_code, SESSION_KEY in answer.client.session) == (200, False)


def test_new_trader_has_an_account_and_is_signed_in() -> None:
    browser = Client()
    sent = {"email": "new@example.com", "password1": PASSWORD, "password2": PASSWORD}
    assert browser.post("/account/signup/", sent)["Location"] == KEYS
    account = User.objects.get(email="new@example.com").account
    assert str(account.uid) in text(browser.get(KEYS))


def test_signing_up_counts_as_a_recent_sign_in() -> None:
    browser = TraderBrowser()
    fields = {"email": "new@example.com", "password1": PASSWORD, "password2": PASSWORD}
    browser.post("/account/signup/", fields)
    assert "Confirm your password" not in text(browser.get(f"{KEYS}new/"))
    assert "API key created" in text(browser.post(f"{KEYS}new/", form()))


def test_sign_in_says_that_the_session_ended() -> None:
    ended = text(Client().get(f"/account/login/?next={KEYS}new/&ended=1"))
    assert "Your session ended. Sign in to finish creating your key." in ended
    assert "Your session ended. Sign in to continue." in text(Client().get(f"/account/login/?next={KEYS}&ended=1"))
    assert "Your session ended" not in text(Client().get(f"/account/login/?next={KEYS}"))


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("email", "nobody", "Enter a valid email address."),
        ("email", "", "This field is required."),
        ("email", "x" * 100_000 + "@example.com", "valid email address"),
        ("password1", "short", "at least 10 characters"),
        ("password1", "1234567890123", "entirely numeric"),
        ("password2", "something else", "You must type the same password each time."),
    ],
)
def test_invalid_sign_up_is_explained(field: str, value: str, message: str) -> None:
    sent = {"email": "new@example.com", "password1": PASSWORD, "password2": PASSWORD, field: value}
    assert message in text(Client().post("/account/signup/", sent))
    assert not User.objects.exists()


def test_signing_out_is_a_post_that_the_menu_sends(user: User) -> None:
    browser = TraderBrowser(user)
    assert '<form method="post" action="/account/logout/">' in browser.get().content.decode()
    assert browser.post("/account/logout/")["Location"] == KEYS
    assert "Sign in to see your API keys" in text(browser.get())


def test_mailed_link_sets_a_new_password(user: User) -> None:
    browser = Client()
    browser.post("/account/password/reset/", {"email": user.email})
    page = browser.get(mailed_link("/account/password/reset/key/"), follow=True)
    assert "Choose a new password" in text(page)
    sent = {"password1": "another horse battery", "password2": "another horse battery"}
    browser.post(page.request["PATH_INFO"], sent)
    user.refresh_from_db()
    assert (user.check_password("another horse battery"), user.check_password(PASSWORD)) == (True, False)


def test_truncated_link_says_so() -> None:
    page = Client().get("/account/password/reset/key/1-abc/", follow=True)
    assert "This link doesn’t work" in text(page)


def test_password_reset_does_not_reveal_who_exists(user: User) -> None:
    known = Client().post("/account/password/reset/", {"email": user.email}, follow=True)
    unknown = Client().post("/account/password/reset/", {"email": "nobody@example.com"}, follow=True)
    assert text(known) == text(unknown)


def test_password_change_needs_the_old_one(user: User) -> None:
    sent = {"oldpassword": PASSWORD, "password1": "another horse battery", "password2": "another horse battery"}
    TraderBrowser(user).post("/account/password/change/", sent)
    user.refresh_from_db()
    assert (user.check_password("another horse battery"), user.check_password(PASSWORD)) == (True, False)


def test_sign_in_attempts_are_limited(user: User) -> None:
    for _ in range(5):
        sign_in(user, password="wrong")
    assert "Too many failed login attempts" in text(sign_in(user))


def test_address_can_be_added_and_made_primary(user: User) -> None:
    browser = TraderBrowser(user)
    assert user.email in text(browser.get("/account/email/"))
    browser.post("/account/reauthenticate/", {"password": PASSWORD})
    browser.post("/account/email/", {"email": "second@example.com", "action_add": ""})
    assert "second@example.com" in text(browser.get("/account/email/"))


def test_not_found_page_has_our_design() -> None:
    page = Client().get("/nothing")
    assert (page.status_code, "Page not found" in text(page)) == (404, True)
