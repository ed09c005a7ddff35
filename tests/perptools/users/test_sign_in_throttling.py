"""Guessing is throttled, by the address it comes from and by the account it is about."""

from collections.abc import Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from apikeys.authentication import rate_limit
from apikeys.http.errors import ApiError
from perptools.cache import Counts
from perptools.users import hashers
from tests.support.browser_client import PASSWORD, TraderBrowser, text
from tests.support.factories import make_key, make_trader

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


def test_no_flood_of_calls_gives_a_locked_account_another_guess() -> None:
    user = make_trader(password=PASSWORD)
    for number in range(5):
        sign_in(user.email, address=f"203.0.113.{number}")
    for number in range(20_500):
        with suppress(ApiError):
            rate_limit.charge_failure(f"2001:db8::{number:x}")
    assert TOO_MANY in text(sign_in(user.email, PASSWORD, "198.51.100.1"))


def test_counts_that_have_ended_make_room_before_those_that_hold() -> None:
    counts = Counts("of this test", {"OPTIONS": {"MAX_ENTRIES": 10}})
    counts.set("holds", 5, timeout=300)
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=60)):
        for number in range(9):
            counts.set(f"ends-{number}", 1, timeout=1)
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=120)):
        counts.set("new", 1, timeout=300)
        assert (counts.get("holds"), counts.get("new")) == (5, 1)


@pytest.fixture
def passwords_being_hashed() -> Iterator[None]:
    """As many as may be at once."""
    with ExitStack() as stack:
        for _ in range(hashers.MOST_AT_ONCE):
            stack.enter_context(hashers._places)
        yield


@pytest.mark.usefixtures("passwords_being_hashed")
@pytest.mark.parametrize("path", ["login", "signup"])
def test_who_signs_in_while_enough_others_do_is_told_when_to_try_again(path: str) -> None:
    fields = {"login": "a@example.com", "password": PASSWORD, "email": "a@example.com"}
    answer = Client().post(f"/account/{path}/", fields | {"password1": PASSWORD, "password2": PASSWORD})
    assert (answer.status_code, answer["Retry-After"]) == (503, str(hashers.AGAIN_SECONDS))
    assert "Your password was not looked at." in text(answer)


@pytest.mark.usefixtures("passwords_being_hashed")
def test_keys_and_pages_do_not_wait_for_passwords() -> None:
    issued = make_key(kind="bearer")
    assert issued.client().get("/v1/whoami").status_code == 200
    assert TraderBrowser(issued.key.account.user).get().status_code == 200


def test_whoever_waited_for_a_turn_gives_it_back() -> None:
    user = make_trader(password=PASSWORD)
    for _ in range(2 * hashers.MOST_AT_ONCE):
        assert sign_in(user.email, PASSWORD).status_code == 302
