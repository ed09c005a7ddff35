"""What a stranger might prepare, before the owner of the address comes."""

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


def test_an_address_of_the_strangers_own_is_gone_even_when_it_was_verified(stranger: Client, user: User) -> None:
    stranger.post("/account/email/", {"email": STRANGERS, "action_add": ""})
    stranger.post(mailed_link("/account/confirm-email/"))
    assert (STRANGERS, True, False) in addresses(user)
    reset()
    assert addresses(user) == [(OWNERS, True, True)]
    assert (reset_mails_to(STRANGERS), sign_in(Client(), email=STRANGERS)) == (0, False)


def test_a_link_that_was_mailed_to_the_stranger_works_no_more(stranger: Client, user: User) -> None:
    stranger.post("/account/email/", {"email": STRANGERS, "action_add": ""})
    confirm = mailed_link("/account/confirm-email/")
    reset()
    stranger.post(confirm)
    assert addresses(user) == [(OWNERS, True, True)]


def test_a_link_to_another_address_proves_nothing_of_the_first(stranger: Client, user: User, issued: IssuedKey) -> None:
    EmailAddress.objects.create(user=user, email=STRANGERS, verified=True)
    reset(STRANGERS)
    assert addresses(user) == [(OWNERS, False, True), (STRANGERS, True, False)]
    user.refresh_from_db()
    reset()
    assert (works(issued), addresses(user)) == (False, [(OWNERS, True, True)])


def test_a_second_address_that_nobody_confirmed_gets_no_link(user: User) -> None:
    verify(user)
    EmailAddress.objects.create(user=user, email="slip@example.com")
    assert (reset_mails_to("slip@example.com"), reset_mails_to(OWNERS)) == (0, 1)


def test_an_account_that_changed_since_the_link_was_opened_says_so(stranger: Client, user: User) -> None:
    browser = Client()
    page = follow_reset_link(OWNERS, browser)
    stranger.post("/account/email/", {"email": STRANGERS, "action_add": ""})
    assert "This link does not work" in text(choose_password(page, browser))
    assert sign_in(Client(), PASSWORD)


def test_the_owner_confirms_no_account_by_the_mail_alone(user: User) -> None:
    confirm = mailed_link("/account/confirm-email/")
    browser = Client()
    answers = [browser.get(confirm), browser.post(confirm)]
    assert [answer["Location"].split("?")[0] for answer in answers] == ["/account/login/"] * 2
    assert addresses(user) == [(OWNERS, False, True)]


def test_the_owner_confirms_no_account_from_within_another(user: User) -> None:
    confirm = mailed_link("/account/confirm-email/")
    browser = Client()
    browser.force_login(make_trader())
    browser.post(confirm)
    assert addresses(user) == [(OWNERS, False, True)]


def test_whoever_signed_up_confirms_the_address_by_the_mail(stranger: Client, user: User) -> None:
    confirm = mailed_link("/account/confirm-email/")
    assert "Confirm" in text(stranger.get(confirm))
    stranger.post(confirm)
    assert addresses(user) == [(OWNERS, True, True)]


def test_whoever_only_added_an_address_keeps_nobody_from_signing_up_with_it(user: User) -> None:
    EmailAddress.objects.create(user=user, email="bob@example.com")
    assert sign_up(Client(), "bob@example.com", NEW_PASSWORD).status_code == 302
    bob, browser = User.objects.get(email="bob@example.com"), Client()
    sign_in(browser, email="bob@example.com")
    assert browser.session["_auth_user_id"] == str(bob.pk)
    reset("bob@example.com")
    assert addresses(bob) == [("bob@example.com", True, True)]


@pytest.mark.parametrize("email", [OWNERS, "Second@Example.com"])
def test_an_address_that_is_somebodys_own_is_taken(email: str, user: User) -> None:
    EmailAddress.objects.create(user=user, email="second@example.com", verified=True)
    assert "already registered" in text(sign_up(Client(), email, NEW_PASSWORD))


def test_a_stranger_sets_up_no_second_factor_that_would_lock_the_owner_out(stranger: Client, user: User) -> None:
    answer = stranger.get("/account/two-factor/totp/activate/", follow=True)
    assert answer.redirect_chain == [("/account/two-factor/", 302)]
    assert "until you have verified your email address" in text(answer)


def test_a_stranger_makes_no_recovery_codes_that_would_outlive_the_owners_coming(stranger: Client) -> None:
    stranger.post("/account/two-factor/recovery-codes/generate/")
    assert not Authenticator.objects.exists()


def test_with_a_second_factor_nobody_elses_address_is_added(stranger: Client, user: User) -> None:
    verify(user)
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})
    stranger.post("/account/email/", {"email": "somebody@example.com", "action_add": ""})
    assert addresses(user) == [(OWNERS, True, True)]
