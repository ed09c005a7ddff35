"""Guessing is throttled, by the address it comes from and by the account it is about."""

from typing import Any

import pytest
from django.test import Client

from tests.support.browser_client import PASSWORD, text
from tests.support.factories import make_trader

pytestmark = pytest.mark.django_db

TOO_MANY = "Too many failed login attempts"


def sign_in(login: str, password: str = "wrong", address: str = "203.0.113.9") -> Any:
    return Client(REMOTE_ADDR=address).post("/account/login/", {"login": login, "password": password})


def test_an_account_is_guessed_at_five_times_from_wherever() -> None:
    user = make_trader(password=PASSWORD)
    for number in range(5):
        sign_in(user.email, address=f"203.0.113.{number}")
    assert TOO_MANY in text(sign_in(user.email, PASSWORD, "198.51.100.1"))


def test_an_address_guesses_ten_times_at_whomever() -> None:
    answers = [text(sign_in(f"nobody-{number}@example.com")) for number in range(11)]
    assert [TOO_MANY in answer for answer in answers] == [False] * 10 + [True]


def test_another_address_and_another_account_go_on() -> None:
    user = make_trader(password=PASSWORD)
    for number in range(11):
        sign_in(f"nobody-{number}@example.com")
    assert sign_in(user.email, PASSWORD, "198.51.100.1").status_code == 302


def test_a_forged_header_is_no_other_address() -> None:
    statuses = [
        Client(REMOTE_ADDR="203.0.113.9", headers={"X-Forwarded-For": f"198.51.100.{number}"})
        .post("/account/password/reset/", {"email": f"nobody-{number}@example.com"})
        .status_code
        for number in range(11)
    ]
    assert statuses == [302] * 10 + [429]


def test_reset_mails_to_one_account_are_few() -> None:
    statuses = [
        Client(REMOTE_ADDR=f"203.0.113.{number}")
        .post("/account/password/reset/", {"email": "somebody@example.com"})
        .status_code
        for number in range(4)
    ]
    assert statuses == [302] * 3 + [429]


def test_an_address_opens_ten_accounts_a_minute() -> None:
    statuses = [
        Client().post("/account/signup/", {"email": "x", "password1": "x", "password2": "y"}).status_code
        for _ in range(11)
    ]
    assert statuses == [200] * 10 + [429]


def test_the_page_of_too_many_has_our_look() -> None:
    for _ in range(11):
        answer = Client().post("/account/signup/", {})
    assert 'class="modal page"' in answer.content.decode()
