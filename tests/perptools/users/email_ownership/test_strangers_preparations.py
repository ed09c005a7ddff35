"""What a stranger may have prepared before the owner of the address resets the password."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.test import Client

from tests.support.browser_client import PASSWORD, text
from tests.support.email_sign_up import (
    NEW_PASSWORD,
    OWNERS,
    STRANGERS,
    addresses,
    choose_password,
    follow_reset_link,
    reset,
    reset_mails_to,
    sign_in,
    sign_up,
    verify,
    works,
)
from tests.support.factories import IssuedKey, make_trader
from tests.support.mailbox import mailed_link

pytestmark = pytest.mark.django_db


def test_strangers_own_address_is_removed_even_if_verified(stranger: Client, user: User) -> None:
    stranger.post("/account/email/", {"email": STRANGERS, "action_add": ""})
    stranger.post(mailed_link("/account/confirm-email/"))
    assert (STRANGERS, True, False) in addresses(user)
    reset()
    assert addresses(user) == [(OWNERS, True, True)]
    assert (reset_mails_to(STRANGERS), sign_in(Client(), email=STRANGERS)) == (0, False)


def test_link_mailed_to_the_stranger_stops_working(stranger: Client, user: User) -> None:
    stranger.post("/account/email/", {"email": STRANGERS, "action_add": ""})
    confirm = mailed_link("/account/confirm-email/")
    reset()
    stranger.post(confirm)
    assert addresses(user) == [(OWNERS, True, True)]


def test_link_to_another_address_does_not_prove_the_first(stranger: Client, user: User, issued: IssuedKey) -> None:
    EmailAddress.objects.create(user=user, email=STRANGERS, verified=True)
    reset(STRANGERS)
    assert addresses(user) == [(OWNERS, False, True), (STRANGERS, True, False)]
    user.refresh_from_db()
    reset()
    assert (works(issued), addresses(user)) == (False, [(OWNERS, True, True)])


def test_unconfirmed_second_address_gets_no_link(user: User) -> None:
    verify(user)
    EmailAddress.objects.create(user=user, email="slip@example.com")
    assert (reset_mails_to("slip@example.com"), reset_mails_to(OWNERS)) == (0, 1)


def test_account_that_changed_after_the_link_was_opened_says_so(stranger: Client, user: User) -> None:
    browser = Client()
    page = follow_reset_link(OWNERS, browser)
    stranger.post("/account/email/", {"email": STRANGERS, "action_add": ""})
    assert "This link doesn’t work" in text(choose_password(page, browser))
    assert sign_in(Client(), PASSWORD)


def test_mail_alone_confirms_no_account(user: User) -> None:
    confirm = mailed_link("/account/confirm-email/")
    browser = Client()
    answers = [browser.get(confirm), browser.post(confirm)]
    assert [answer["Location"].split("?")[0] for answer in answers] == ["/account/login/"] * 2
    assert addresses(user) == [(OWNERS, False, True)]


def test_another_account_cannot_confirm_the_address(user: User) -> None:
    confirm = mailed_link("/account/confirm-email/")
    browser = Client()
    browser.force_login(make_trader())
    browser.post(confirm)
    assert addresses(user) == [(OWNERS, False, True)]


def test_person_who_signed_up_confirms_the_address(stranger: Client, user: User) -> None:
    confirm = mailed_link("/account/confirm-email/")
    assert "Confirm" in text(stranger.get(confirm))
    stranger.post(confirm)
    assert addresses(user) == [(OWNERS, True, True)]


def test_added_address_does_not_keep_its_owner_from_signing_up(user: User) -> None:
    EmailAddress.objects.create(user=user, email="bob@example.com")
    assert sign_up(Client(), "bob@example.com", NEW_PASSWORD).status_code == 302
    bob, browser = User.objects.get(email="bob@example.com"), Client()
    sign_in(browser, email="bob@example.com")
    assert browser.session["_auth_user_id"] == str(bob.pk)
    reset("bob@example.com")
    assert addresses(bob) == [("bob@example.com", True, True)]


@pytest.mark.parametrize("email", [OWNERS, "Second@Example.com"])
def test_owned_address_is_taken(email: str, user: User) -> None:
    EmailAddress.objects.create(user=user, email="second@example.com", verified=True)
    assert "already registered" in text(sign_up(Client(), email, NEW_PASSWORD))


def test_stranger_cannot_set_up_a_second_factor(stranger: Client, user: User) -> None:
    answer = stranger.get("/account/two-factor/totp/activate/", follow=True)
    assert answer.redirect_chain == [("/account/two-factor/", 302)]
    assert "until you have verified your email address" in text(answer)


def test_stranger_cannot_create_recovery_codes(stranger: Client) -> None:
    stranger.post("/account/two-factor/recovery-codes/generate/")
    assert not Authenticator.objects.exists()


def test_account_with_a_second_factor_cannot_add_a_foreign_address(stranger: Client, user: User) -> None:
    verify(user)
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})
    stranger.post("/account/email/", {"email": "somebody@example.com", "action_add": ""})
    assert addresses(user) == [(OWNERS, True, True)]
