"""Sign up with an e-mail address, follow mailed links, and check what works afterwards."""

from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client

from tests.support.factories import IssuedKey
from tests.support.mailbox import mailed_link

OWNERS = "owner@example.com"
STRANGERS = "stranger@example.com"
NEW_PASSWORD = "another horse battery"


def sign_up(browser: Client, email: str, password: str) -> Any:
    return browser.post("/account/signup/", {"email": email, "password1": password, "password2": password})


def verify(user: User) -> None:
    """Verify the address, as if the user had followed the mailed link."""
    EmailAddress.objects.filter(user=user).update(verified=True)


def follow_reset_link(email: str, browser: Client) -> Any:
    """Request a reset link for an address, and open it. Returns the page that asks for the new password."""
    Client().post("/account/password/reset/", {"email": email})
    return browser.get(mailed_link("/account/password/reset/key/"), follow=True)


def choose_password(page: Any, browser: Client, password: str = NEW_PASSWORD) -> Any:
    sent = {"password1": password, "password2": password}
    return browser.post(page.request["PATH_INFO"], sent, follow=True)


def reset(email: str = OWNERS) -> Any:
    """Reset the password by a mailed link. Returns the next page."""
    browser = Client()
    return choose_password(follow_reset_link(email, browser), browser)


def reset_mails_to(email: str) -> int:
    before = len(mail.outbox)
    Client().post("/account/password/reset/", {"email": email})
    return sum("/account/password/reset/key/" in str(message.body) for message in mail.outbox[before:])


def sign_in(browser: Client, password: str = NEW_PASSWORD, email: str = OWNERS) -> bool:
    return bool(browser.post("/account/login/", {"login": email, "password": password}).status_code == 302)


def works(issued: IssuedKey) -> bool:
    return issued.client().get("/v1/whoami").status_code == 200


def addresses(user: User) -> list[tuple[str, bool, bool]]:
    found = EmailAddress.objects.filter(user=user).order_by("pk")
    return list(found.values_list("email", "verified", "primary"))
