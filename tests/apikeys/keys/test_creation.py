"""The rules for new keys, at their limits."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.utils import timezone

from apikeys.audit.log import Actor
from apikeys.crypto import credentials
from apikeys.keys import creation, deletion, pausing
from apikeys.keys.creation import NewKeyPair
from apikeys.keys.guards import AlreadySubmitted, RecentSignInRequired
from apikeys.models import AddressRule, ApiKey, EventKind, KeyEvent, Kind
from tests.support.factories import make_key, make_trader, owner, settings_for
from tests.support.key_acts import YEAR, edit, regenerate

pytestmark = pytest.mark.django_db


# -- Create --------------------------------------------------------------------------------------------------------


def test_creation_event_says_who_and_from_where() -> None:
    key = make_key().key
    event = key.events.get()
    assert (event.kind, event.actor, event.address) == (EventKind.CREATED, key.account.user, "192.0.2.1")


@pytest.mark.parametrize("kind", [Kind.SIGNING, Kind.BEARER])
def test_nothing_stored_reveals_the_secret(kind: Kind) -> None:
    issued = make_key(kind=kind)
    stored = repr(ApiKey.objects.values_list().get()) + repr(KeyEvent.objects.values_list().get())
    assert credentials.SIGNING_PREFIX + "x" not in stored
    assert issued.secret.removeprefix("ed25519:")[-40:] not in stored


def test_own_public_key_has_no_secret_here() -> None:
    user = make_trader()
    public_key = credentials.mint_signing_key().public_id
    key, secret = creation.create(
        user.account, settings_for(), kind=Kind.SIGNING, by=owner(user), pair=NewKeyPair(public_key)
    )
    assert (key.public_id, secret) == (public_key, "")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": " "}, "name"),
        ({"name": "x" * 65}, "name"),
        ({"name": "bot ptk_0123456789abcdef_xyz"}, "name"),
        ({"permissions": frozenset()}, "permissions"),
        ({"address_rule": AddressRule.LIST}, "networks"),
        ({"address_rule": AddressRule.ANY, "networks": "203.0.113.7"}, "networks"),
        ({"networks": "203.0.113.7, 198.51.100.1"}, "networks"),
        ({"networks": "nonsense"}, "networks"),
    ],
)
def test_invalid_setting_is_rejected_by_field_and_creates_nothing(change: dict[str, Any], field: str) -> None:
    user = make_trader()
    wanted = replace(settings_for(networks=change.pop("networks", "")), **change)
    with pytest.raises(ValidationError) as caught:
        creation.create(user.account, wanted, kind=Kind.SIGNING, by=owner(user))
    assert (list(caught.value.message_dict), ApiKey.objects.count()) == ([field], 0)


@pytest.mark.parametrize(("life", "accepted"), [(timedelta(0), False), (timedelta(seconds=1), True), (YEAR, True)])
@time_machine.travel("2026-11-22T12:00:00Z", tick=False)
def test_key_expires_between_now_and_365_days(life: timedelta, accepted: bool) -> None:
    if accepted:
        assert make_key(expires_at=timezone.now() + life).key.pk
    else:
        with pytest.raises(ValidationError, match="future"):
            make_key(expires_at=timezone.now() + life)


@time_machine.travel("2026-11-22T12:00:00Z", tick=False)
def test_key_never_expires_after_365_days() -> None:
    with pytest.raises(ValidationError, match="365 days"):
        make_key(expires_at=timezone.now() + YEAR + timedelta(seconds=1))


def test_creating_a_key_requires_a_recent_sign_in() -> None:
    user = make_trader()
    with pytest.raises(RecentSignInRequired):
        creation.create(user.account, settings_for(), kind=Kind.SIGNING, by=Actor(user))


def test_two_live_keys_of_one_account_cannot_share_a_name() -> None:
    account = make_key(name="grid bot").key.account
    with pytest.raises(ValidationError, match="grid bot"):
        make_key(account, name="grid bot")


def test_name_of_a_deleted_key_can_be_used_again() -> None:
    issued = make_key(name="grid bot")
    deletion.revoke(issued.key, by=owner(issued.key.account.user))
    assert make_key(issued.key.account, name="grid bot").key.pk


def test_account_has_a_limited_number_of_keys(settings: Any) -> None:
    settings.API_KEYS_PER_ACCOUNT = 1
    with pytest.raises(ValidationError, match="at most 1 keys"):
        make_key(make_key().key.account)


def test_expired_keys_do_not_count_until_they_are_extended(settings: Any) -> None:
    settings.API_KEYS_PER_ACCOUNT = 1
    old = make_key(expires_at=timezone.now() + timedelta(days=1))
    with time_machine.travel(timezone.now() + timedelta(days=2), tick=False):
        later = timezone.now() + timedelta(days=5)
        new = make_key(old.key.account)
        for attempt in (
            lambda: edit(old, expires_at=later),
            lambda: regenerate(old),
            lambda: make_key(old.key.account),
        ):
            with pytest.raises(ValidationError, match="at most 1 keys"):
                attempt()
        assert edit(old, name="renamed").name == "renamed"
        deletion.revoke(new.key, by=owner(new.key.account.user))
        old.key.refresh_from_db()
        assert edit(old, expires_at=later).expires_at == later


def test_paused_key_counts(settings: Any) -> None:
    settings.API_KEYS_PER_ACCOUNT = 1
    issued = make_key()
    pausing.pause(issued.key, by=owner(issued.key.account.user))
    with pytest.raises(ValidationError, match="at most 1 keys"):
        make_key(issued.key.account)


def test_form_sent_twice_creates_one_key() -> None:
    user, idempotency_key = make_trader(), uuid4()

    def create() -> ApiKey:
        return creation.create(
            user.account,
            settings_for(),
            kind=Kind.BEARER,
            by=owner(user),
            pair=NewKeyPair(idempotency_key=idempotency_key),
        )[0]

    made = create()
    with pytest.raises(AlreadySubmitted) as caught:
        create()
    assert (caught.value.key, ApiKey.objects.count()) == (made, 1)


# -- Public keys that anybody could sign for ------------------------------------------------------------------------

SMALL_ORDER = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "0200000000000000000000000000000000000000000000000000000000000000",  # not on the curve
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  # y = p + 1: not canonical
    "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  # y = p + 3: not canonical
]


def register(public_key: str, user: Any = None) -> ApiKey:
    user = user or make_trader()
    return creation.create(
        user.account, settings_for(), kind=Kind.SIGNING, by=owner(user), pair=NewKeyPair(public_key)
    )[0]


@pytest.mark.parametrize("point", SMALL_ORDER)
def test_weak_public_key_is_rejected(point: str) -> None:
    with pytest.raises(ValidationError, match="isn’t a public key"):
        register(credentials.write_public_key(bytes.fromhex(point)))


@pytest.mark.parametrize("text", ["x", "ed25519:", "ed25519:0OIl", "é" * 44, "1" * 60_000, "secp256k1:" + "1" * 44])
def test_invalid_public_key_is_rejected(text: str) -> None:
    with pytest.raises(ValidationError, match="Paste the public key"):
        register(text)


@pytest.mark.parametrize("text", ["-----BEGIN PRIVATE KEY-----\nMC4C", "ed25519:" + "2" * 87])
def test_private_key_is_rejected_with_a_warning(text: str) -> None:
    with pytest.raises(ValidationError, match="leaked"):
        register(text)


def test_secret_of_a_registered_key_is_recognised(monkeypatch: pytest.MonkeyPatch) -> None:
    issued = make_key()
    while not credentials.crypto_core_ed25519_is_valid_point(credentials.decode_public_key(issued.secret)):
        issued = make_key()
    with pytest.raises(ValidationError, match="an API key’s secret"):
        register(issued.secret)


def test_registered_public_key_is_rejected_even_after_deletion() -> None:
    issued = make_key()
    deletion.revoke(issued.key, by=owner(issued.key.account.user))
    with pytest.raises(ValidationError, match="already registered"):
        register(issued.key.public_id)
