"""Verified users lose nothing by resetting their password."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.test import Client

from perptools.management.commands import demo
from tests.support.browser_client import PASSWORD, SETTINGS, text
from tests.support.email_sign_up import (
    OWNERS,
    addresses,
    choose_password,
    follow_reset_link,
    reset,
    sign_in,
    verify,
    works,
)
from tests.support.factories import IssuedKey, make_key

pytestmark = pytest.mark.django_db


def test_keys_of_a_verified_trader_keep_working(user: User, issued: IssuedKey) -> None:
    verify(user)
    browser = Client()
    page = follow_reset_link(OWNERS, browser)
    done = choose_password(page, browser)
    assert works(issued)
    assert "A new password doesn’t affect your API keys" in text(page)
    assert "Your API keys still work" in text(done)


def test_verified_traders_addresses_and_second_factor_stay(user: User) -> None:
    verify(user)
    EmailAddress.objects.create(user=user, email="second@example.com", verified=True)
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})
    reset()
    assert addresses(user) == [(OWNERS, True, True), ("second@example.com", True, False)]
    assert Authenticator.objects.filter(user=user).exists()


def test_page_after_a_password_change_says_if_keys_are_paused(user: User, issued: IssuedKey) -> None:
    browser = Client()
    sign_in(browser, PASSWORD)
    page = text(browser.get(f"{SETTINGS}keys/"))
    assert "Only a password reset by email pauses them, if the email was never confirmed before." in page


def test_admin_from_the_command_line_is_verified_by_a_reset_and_keeps_mfa() -> None:
    admin = User.objects.create_superuser("root", "root@example.com", PASSWORD)
    issued = make_key(admin.account)
    Authenticator.objects.create(user=admin, type=Authenticator.Type.TOTP, data={"secret": "x"})
    reset(admin.email)
    assert (works(issued), addresses(admin)) == (False, [("root@example.com", True, True)])
    assert Authenticator.objects.filter(user=admin).exists()


def test_demo_trader_and_admin_are_verified() -> None:
    demo.seed()
    assert set(EmailAddress.objects.values_list("user__username", "verified")) == {("demo", True), ("admin", True)}
