"""A stranger signs up with somebody else's address, and its owner comes: nothing of the stranger's works any more."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from pytest_django import Settings

from apikeys.keys import creation, pausing
from apikeys.keys.guards import RecentSignInRequired
from apikeys.models import Kind, Notice
from perptools.management.commands import demo
from perptools.users.email_ownership import PAUSED_BECAUSE
from tests.support.browser_client import KEYS, PASSWORD, text
from tests.support.factories import HeldKey, make_key, make_trader, owner, settings_for
from tests.support.mailbox import mailed_link

pytestmark = pytest.mark.django_db

OWNERS = "owner@example.com"
STRANGERS = "stranger@example.com"
NEW_PASSWORD = "another horse battery"
SETTINGS = "/portfolio/settings/"


@pytest.fixture(autouse=True)
def mails_are_kept(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def sign_up(browser: Client, email: str, password: str) -> Any:
    return browser.post("/account/signup/", {"email": email, "password1": password, "password2": password})


@pytest.fixture
def stranger() -> Client:
    """A browser in which somebody has signed up with the owner's address, and just given the password again."""
    browser = Client()
    sign_up(browser, OWNERS, PASSWORD)
    browser.post("/account/reauthenticate/", {"password": PASSWORD})
    return browser


@pytest.fixture
def user(stranger: Client) -> User:
    return User.objects.get(email=OWNERS)


@pytest.fixture
def held(user: User) -> HeldKey:
    return make_key(user.account, kind=Kind.BEARER)


def verify(user: User) -> None:
    """As if the link in the mail had been followed by whoever signed up."""
    EmailAddress.objects.filter(user=user).update(verified=True)


def follow_reset_link(email: str, browser: Client) -> Any:
    """Ask for a link to an address, and open it. Returns the page that asks for the new password."""
    Client().post("/account/password/reset/", {"email": email})
    return browser.get(mailed_link("/account/password/reset/key/"), follow=True)


def choose_password(page: Any, browser: Client, password: str = NEW_PASSWORD) -> Any:
    sent = {"password1": password, "password2": password}
    return browser.post(page.request["PATH_INFO"], sent, follow=True)


def reset(email: str = OWNERS) -> Any:
    """Reset the password by a mailed link. Returns the page that comes after it."""
    browser = Client()
    return choose_password(follow_reset_link(email, browser), browser)


def reset_mails_to(email: str) -> int:
    before = len(mail.outbox)
    Client().post("/account/password/reset/", {"email": email})
    return sum("/account/password/reset/key/" in str(message.body) for message in mail.outbox[before:])


def sign_in(browser: Client, password: str = NEW_PASSWORD, email: str = OWNERS) -> bool:
    return bool(browser.post("/account/login/", {"login": email, "password": password}).status_code == 302)


def works(held: HeldKey) -> bool:
    return held.client().get("/v1/whoami").status_code == 200


def addresses(user: User) -> list[tuple[str, bool, bool]]:
    found = EmailAddress.objects.filter(user=user).order_by("pk")
    return list(found.values_list("email", "verified", "primary"))


# -- The owner comes -------------------------------------------------------------------------------------------------


def test_the_strangers_keys_are_paused(held: HeldKey) -> None:
    before = works(held)
    reset()
    assert (before, held.client().get("/v1/whoami").json()["reason"]) == (True, "key_paused")


def test_keys_that_have_expired_are_paused_too_for_they_could_be_extended(user: User, held: HeldKey) -> None:
    user.account.keys.update(expires_at=held.key.created_at)
    reset()
    assert user.account.keys.get().paused_at


def test_the_event_says_why_and_that_nobody_did_it_by_hand(user: User, held: HeldKey) -> None:
    reset()
    event = held.key.events.first()
    assert event
    assert (event.kind, event.actor, event.reason) == ("paused", None, PAUSED_BECAUSE)


def test_the_owner_reads_why_on_the_keys_page_and_in_a_notice(user: User, held: HeldKey) -> None:
    reset()
    browser = Client()
    sign_in(browser)
    assert PAUSED_BECAUSE in text(browser.get(f"{KEYS}{held.key.pk}/"))
    assert PAUSED_BECAUSE in Notice.objects.get(user=user, kind="paused").text


@pytest.mark.django_db(transaction=True)
def test_the_owner_is_told_by_one_mail_of_all_keys(user: User) -> None:
    names = {make_key(user.account).key.name for _ in range(3)}
    mail.outbox.clear()
    reset()
    [message] = [message for message in mail.outbox if PAUSED_BECAUSE in str(message.body)]
    assert message.to == [OWNERS]
    assert all(f"“{name}” was paused" in str(message.body) for name in names)


def test_the_strangers_session_ends(stranger: Client, user: User) -> None:
    before = stranger.get(SETTINGS).status_code
    reset()
    assert (before, stranger.get(SETTINGS).status_code) == (200, 302)


def test_the_address_counts_as_verified_from_then_on(user: User) -> None:
    reset()
    assert addresses(user) == [(OWNERS, True, True)]


def test_the_pages_say_it_before_and_after(held: HeldKey) -> None:
    browser = Client()
    page = follow_reset_link(OWNERS, browser)
    done = choose_password(page, browser)
    assert f"Nobody has confirmed {OWNERS} so far" in text(page)
    assert "1 API key is paused." in text(done)
    assert "go on working" not in text(done)


def test_it_happens_once(user: User, held: HeldKey) -> None:
    reset()
    user.refresh_from_db()
    pausing.resume(held.key, by=owner(user))
    page = reset()
    assert (works(held), "Your API keys go on working" in text(page)) == (True, True)


def test_nothing_is_done_where_it_cannot_all_be_done(
    user: User, held: HeldKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError

    browser = Client(raise_request_exception=False)
    page = follow_reset_link(OWNERS, browser)
    monkeypatch.setattr(pausing, "pause_all", fail)
    choose_password(page, browser)
    user.refresh_from_db()
    assert (user.check_password(PASSWORD), addresses(user)) == (True, [(OWNERS, False, True)])


def test_a_request_of_the_strangers_that_waited_meanwhile_makes_no_key(user: User) -> None:
    late = owner(user)  # as the session said, before the password was another one
    reset()
    with pytest.raises(RecentSignInRequired):
        creation.create(user.account, settings_for(), kind=Kind.SIGNING, by=late)


def test_a_request_of_the_strangers_that_waited_meanwhile_resumes_no_key(user: User, held: HeldKey) -> None:
    late = owner(user)
    reset()
    with pytest.raises(RecentSignInRequired):
        pausing.resume(held.key, by=late)


# -- Who was verified before -----------------------------------------------------------------------------------------


def test_a_verified_traders_keys_go_on(user: User, held: HeldKey) -> None:
    verify(user)
    browser = Client()
    page = follow_reset_link(OWNERS, browser)
    done = choose_password(page, browser)
    assert works(held)
    assert "Your API keys are not affected" in text(page)
    assert "Your API keys go on working" in text(done)


def test_a_verified_traders_other_addresses_and_second_factor_stay(user: User) -> None:
    verify(user)
    EmailAddress.objects.create(user=user, email="second@example.com", verified=True)
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})
    reset()
    assert addresses(user) == [(OWNERS, True, True), ("second@example.com", True, False)]
    assert Authenticator.objects.filter(user=user).exists()


def test_the_page_after_a_changed_password_says_when_keys_are_paused(user: User, held: HeldKey) -> None:
    browser = Client()
    sign_in(browser, PASSWORD)
    page = text(browser.get(f"{SETTINGS}keys/"))
    assert "Only a password that is reset by email, to an address that was never confirmed before, pauses them." in page


def test_an_admin_made_on_the_command_line_is_verified_by_a_reset_and_keeps_the_second_factor() -> None:
    admin = User.objects.create_superuser("root", "root@example.com", PASSWORD)
    held = make_key(admin.account)
    Authenticator.objects.create(user=admin, type=Authenticator.Type.TOTP, data={"secret": "x"})
    reset(admin.email)
    assert (works(held), addresses(admin)) == (False, [("root@example.com", True, True)])
    assert Authenticator.objects.filter(user=admin).exists()


def test_the_demo_trader_and_admin_are_verified_from_the_start() -> None:
    demo.seed()
    assert set(EmailAddress.objects.values_list("user__username", "verified")) == {("demo", True), ("admin", True)}


# -- What a stranger might prepare -----------------------------------------------------------------------------------


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


def test_a_link_to_another_address_proves_nothing_of_the_first(stranger: Client, user: User, held: HeldKey) -> None:
    EmailAddress.objects.create(user=user, email=STRANGERS, verified=True)
    reset(STRANGERS)
    assert addresses(user) == [(OWNERS, False, True), (STRANGERS, True, False)]
    user.refresh_from_db()
    reset()
    assert (works(held), addresses(user)) == (False, [(OWNERS, True, True)])


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
