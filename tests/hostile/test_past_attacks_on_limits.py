"""Attacks on limits, disk space and races that once succeeded."""

from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, make_password
from django.core.exceptions import ValidationError
from django.test import Client

from apikeys.crypto import credentials
from apikeys.keys import creation, editing, regeneration
from apikeys.keys.creation import NewKeyPair
from apikeys.keys.validation import KeySettings
from apikeys.models import KeyUsage, Kind
from apikeys.usage import recorder as usage_recorder
from tests.support.browser_client import PASSWORD
from tests.support.concurrency import at_once
from tests.support.factories import make_key, make_trader, owner, settings_for

pytestmark = pytest.mark.django_db


# -- Limits, and what happens at the same moment ---------------------------------------------------------------------


def test_regenerating_cannot_exceed_the_limit_of_keys(settings: Any) -> None:
    settings.API_KEYS_PER_ACCOUNT = 2
    key = make_key().key
    again: dict[str, Any] = {"expires_at": key.expires_at, "by": owner(key.account.user)}
    for _ in range(2):
        key, _secret = regeneration.regenerate(key, overlap=timedelta(days=7), **again)
    with pytest.raises(ValidationError) as rejection:
        regeneration.regenerate(key, overlap=timedelta(days=7), **again)
    assert list(rejection.value.message_dict) == ["overlap"]
    assert regeneration.regenerate(key, overlap=timedelta(0), **again)


def test_form_with_another_users_idempotency_key_creates_nothing() -> None:
    idempotency_key, first, second = uuid4(), make_trader(), make_trader()
    creation.create(
        first.account,
        settings_for(),
        kind=Kind.SIGNING,
        by=owner(first),
        pair=NewKeyPair(idempotency_key=idempotency_key),
    )
    with pytest.raises(ValidationError):
        creation.create(
            second.account,
            settings_for(),
            kind=Kind.SIGNING,
            by=owner(second),
            pair=NewKeyPair(idempotency_key=idempotency_key),
        )


def refused(results: list[Any]) -> list[bool]:
    """Return which were rejected. Any other exception fails the test."""
    assert [error for error in results if isinstance(error, Exception) and not isinstance(error, ValidationError)] == []
    return sorted(isinstance(result, ValidationError) for result in results)


@pytest.mark.usefixtures("transactional_db")
def test_simultaneous_keys_cannot_share_a_name() -> None:
    account = make_trader().account
    keys = [make_key(account).key for _ in range(4)]
    results = at_once(
        *(
            lambda key=key: editing.edit(key, replace(KeySettings.of(key), name="same"), by=owner(account.user))
            for key in keys
        )
    )
    assert refused(results) == [False, True, True, True]


@pytest.mark.usefixtures("transactional_db")
def test_simultaneous_accounts_cannot_share_a_public_key() -> None:
    public_key, traders = credentials.mint_signing_key().public_id, [make_trader() for _ in range(4)]
    results = at_once(
        *(
            lambda user=user: creation.create(
                user.account, settings_for(), kind=Kind.SIGNING, by=owner(user), pair=NewKeyPair(public_key)
            )
            for user in traders
        )
    )
    assert refused(results) == [False, True, True, True]


# -- What fills the disk, or keeps the others waiting ----------------------------------------------------------------


def test_changing_user_agents_fill_no_table() -> None:
    key = make_key().key
    for number in range(3 * usage_recorder.MOST_CLIENTS):
        usage_recorder.count(key.id, address="203.0.113.7", user_agent=f"bot-{number}", required="read")
    for number in range(3 * usage_recorder.MOST_CLIENTS):
        usage_recorder.count(key.id, address=f"2001:db8::{number:x}", user_agent="bot", required="read")
    usage_recorder.flush()
    rows = KeyUsage.objects.filter(key=key)
    assert rows.count() <= 2 * (3 * usage_recorder.MOST_CLIENTS + 1)  # the next ten minutes may start during the test
    assert sum(row.calls for row in rows) == 6 * usage_recorder.MOST_CLIENTS


@pytest.mark.usefixtures("product_hasher")
def test_password_check_takes_little_memory_and_one_thread() -> None:
    assert "$m=19456,t=2,p=1$" in make_password(PASSWORD)


@pytest.mark.usefixtures("product_hasher")
def test_older_hash_is_renewed_at_sign_in() -> None:
    renewed: list[str] = []
    older = Argon2PasswordHasher().encode(PASSWORD, "salt" * 4)
    assert check_password(PASSWORD, older, renewed.append)
    assert renewed == [PASSWORD]


@pytest.mark.parametrize("path", ["/account/login/", "/guide", "/static/css/base/base.css", "/report-a-leak/"])
def test_too_large_body_is_rejected_unread(path: str) -> None:
    class Unread(BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise AssertionError("It was read.")

    sent = {"CONTENT_LENGTH": "30000000", "wsgi.input": Unread(), "CONTENT_TYPE": "multipart/form-data; boundary=x"}
    assert Client().post(path, **sent).status_code == 413


@pytest.mark.parametrize("host", ["evil.example", "good@evil", "", "127.0.0.1:x", "127.0.0.1, evil.example", "a b"])
@pytest.mark.parametrize("path", ["/v1/public/system_info", "/v1/nothing", "/guide", "/static/css/base/base.css"])
def test_request_for_another_host_is_rejected(path: str, host: str) -> None:
    assert Client().get(path, headers={"Host": host}).status_code == 400
