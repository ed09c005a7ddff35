"""Password guesses are limited by IP address and by account."""

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


def test_account_allows_five_guesses_from_anywhere() -> None:
    user = make_trader(password=PASSWORD)
    for number in range(5):
        sign_in(user.email, address=f"203.0.113.{number}")
    assert TOO_MANY in text(sign_in(user.email, PASSWORD, "198.51.100.1"))


def test_address_allows_ten_guesses_for_any_account() -> None:
    answers = [text(sign_in(f"nobody-{number}@example.com")) for number in range(11)]
    assert [TOO_MANY in answer for answer in answers] == [False] * 10 + [True]


def test_other_addresses_and_accounts_are_not_limited() -> None:
    user = make_trader(password=PASSWORD)
    for number in range(11):
        sign_in(f"nobody-{number}@example.com")
    response = sign_in(user.email, PASSWORD, "198.51.100.1")
    assert (response.status_code, response.wsgi_request.user) == (302, user)


def test_forged_header_is_not_another_address() -> None:
    statuses = [
        Client(REMOTE_ADDR="203.0.113.9", headers={"X-Forwarded-For": f"198.51.100.{number}"})
        .post("/account/password/reset/", {"email": f"nobody-{number}@example.com"})
        .status_code
        for number in range(11)
    ]
    assert statuses == [302] * 10 + [429]


def test_reset_mails_per_account_are_limited() -> None:
    statuses = [
        Client(REMOTE_ADDR=f"203.0.113.{number}")
        .post("/account/password/reset/", {"email": "somebody@example.com"})
        .status_code
        for number in range(4)
    ]
    assert statuses == [302] * 3 + [429]


def test_address_can_sign_up_ten_accounts_a_minute() -> None:
    statuses = [
        Client().post("/account/signup/", {"email": "x", "password1": "x", "password2": "y"}).status_code
        for _ in range(11)
    ]
    assert statuses == [200] * 10 + [429]


def test_too_many_attempts_page_has_our_design() -> None:
    for _ in range(11):
        answer = Client().post("/account/signup/", {})
    assert 'class="modal page"' in answer.content.decode()


def test_flood_of_requests_does_not_reset_the_count_of_guesses() -> None:
    user = make_trader(password=PASSWORD)
    for number in range(5):
        sign_in(user.email, address=f"203.0.113.{number}")
    for number in range(20_500):
        with suppress(ApiError):
            rate_limit.charge_failure(f"2001:db8::{number:x}")
    assert TOO_MANY in text(sign_in(user.email, PASSWORD, "198.51.100.1"))


def test_expired_counts_are_evicted_first() -> None:
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
    """Hash as many passwords as can be hashed at once."""
    with ExitStack() as stack:
        for _ in range(hashers.MOST_AT_ONCE):
            stack.enter_context(hashers._places)
        yield


@pytest.mark.usefixtures("passwords_being_hashed")
@pytest.mark.parametrize("path", ["login", "signup"])
def test_sign_in_under_load_is_asked_to_retry(path: str) -> None:
    fields = {"login": "a@example.com", "password": PASSWORD, "email": "a@example.com"}
    answer = Client().post(f"/account/{path}/", fields | {"password1": PASSWORD, "password2": PASSWORD})
    assert (answer.status_code, answer["Retry-After"]) == (503, str(hashers.AGAIN_SECONDS))
    assert "We couldn’t check your password." in text(answer)


@pytest.mark.usefixtures("passwords_being_hashed")
def test_keys_and_pages_do_not_wait_for_passwords() -> None:
    issued = make_key(kind="bearer")
    assert issued.client().get("/v1/whoami").status_code == 200
    assert TraderBrowser(issued.key.account.user).get().status_code == 200


def test_aborted_wait_releases_its_turn() -> None:
    user = make_trader(password=PASSWORD)
    for _ in range(2 * hashers.MOST_AT_ONCE):
        assert sign_in(user.email, PASSWORD).status_code == 302
