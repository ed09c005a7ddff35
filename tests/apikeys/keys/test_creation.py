"""The rules of a key's life, at their boundaries."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from apikeys import credentials, lifecycle
from apikeys.key_settings import KeySettings
from apikeys.lifecycle import Actor, AlreadySubmitted, RecentSignInRequired
from apikeys.models import AddressRule, ApiKey, EventKind, KeyEvent, Kind, Purpose, Status
from tests.traders import BOTH, READ, TRADING, HeldKey, make_key, make_trader, owner, settings_for

pytestmark = pytest.mark.django_db

YEAR = timedelta(days=365)


def events(key: ApiKey) -> list[str]:
    return list(key.events.order_by("id").values_list("kind", flat=True))


def edit(held: HeldKey, *, recently: bool = True, **changes: Any) -> ApiKey:
    user = held.key.account.user
    wanted = replace(KeySettings.of(held.key), **changes)
    return lifecycle.edit(held.key, wanted, by=Actor(user, recently_signed_in=recently))


# -- Create --------------------------------------------------------------------------------------------------------


def test_creating_leaves_an_event_that_says_who_and_from_where() -> None:
    key = make_key().key
    event = key.events.get()
    assert (event.kind, event.actor, event.address) == (EventKind.CREATED, key.account.user, "192.0.2.1")


@pytest.mark.parametrize("kind", [Kind.SIGNING, Kind.BEARER])
def test_nothing_stored_reveals_the_secret(kind: Kind) -> None:
    held = make_key(kind=kind)
    stored = repr(ApiKey.objects.values_list().get()) + repr(KeyEvent.objects.values_list().get())
    assert credentials.SIGNING_PREFIX + "x" not in stored
    assert held.secret.removeprefix("ed25519:")[-40:] not in stored


def test_a_traders_own_public_key_has_no_secret_here() -> None:
    user = make_trader()
    public_key = credentials.mint_signing_key().public_id
    key, secret = lifecycle.create(
        user.account, settings_for(), kind=Kind.SIGNING, by=owner(user), public_key=public_key
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
def test_a_wrong_setting_is_refused_by_field_and_nothing_is_made(change: dict[str, Any], field: str) -> None:
    user = make_trader()
    wanted = replace(settings_for(networks=change.pop("networks", "")), **change)
    with pytest.raises(ValidationError) as caught:
        lifecycle.create(user.account, wanted, kind=Kind.SIGNING, by=owner(user))
    assert (list(caught.value.message_dict), ApiKey.objects.count()) == ([field], 0)


@pytest.mark.parametrize(("life", "accepted"), [(timedelta(0), False), (timedelta(seconds=1), True), (YEAR, True)])
@time_machine.travel("2026-11-22T12:00:00Z", tick=False)
def test_a_key_lives_between_now_and_365_days(life: timedelta, accepted: bool) -> None:
    if accepted:
        assert make_key(expires_at=timezone.now() + life).key.pk
    else:
        with pytest.raises(ValidationError, match="future"):
            make_key(expires_at=timezone.now() + life)


@time_machine.travel("2026-11-22T12:00:00Z", tick=False)
def test_a_key_never_lives_longer_than_365_days() -> None:
    with pytest.raises(ValidationError, match="365 days"):
        make_key(expires_at=timezone.now() + YEAR + timedelta(seconds=1))


def test_making_a_key_asks_for_a_recent_sign_in() -> None:
    user = make_trader()
    with pytest.raises(RecentSignInRequired):
        lifecycle.create(user.account, settings_for(), kind=Kind.SIGNING, by=Actor(user))


def test_two_live_keys_of_one_account_cannot_share_a_name() -> None:
    account = make_key(name="grid bot").key.account
    with pytest.raises(ValidationError, match="grid bot"):
        make_key(account, name="grid bot")


def test_a_deleted_keys_name_is_free_again() -> None:
    held = make_key(name="grid bot")
    lifecycle.revoke(held.key, by=owner(held.key.account.user))
    assert make_key(held.key.account, name="grid bot").key.pk


def test_an_account_has_a_limited_number_of_keys(settings: Any) -> None:
    settings.API_KEYS_PER_ACCOUNT = 1
    with pytest.raises(ValidationError, match="at most 1 keys"):
        make_key(make_key().key.account)


def test_sending_the_form_twice_makes_one_key() -> None:
    user, submission = make_trader(), uuid4()

    def create() -> ApiKey:
        return lifecycle.create(user.account, settings_for(), kind=Kind.BEARER, by=owner(user), submission=submission)[
            0
        ]

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
    return lifecycle.create(user.account, settings_for(), kind=Kind.SIGNING, by=owner(user), public_key=public_key)[0]


@pytest.mark.parametrize("point", SMALL_ORDER)
def test_a_weak_public_key_is_refused(point: str) -> None:
    with pytest.raises(ValidationError, match="not a public key"):
        register(credentials.write_public_key(bytes.fromhex(point)))


@pytest.mark.parametrize("text", ["x", "ed25519:", "ed25519:0OIl", "é" * 44, "1" * 60_000, "secp256k1:" + "1" * 44])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="Paste the public key"):
        register(text)


@pytest.mark.parametrize("text", ["-----BEGIN PRIVATE KEY-----\nMC4C", "ed25519:" + "2" * 87])
def test_a_private_key_is_refused_loudly(text: str) -> None:
    with pytest.raises(ValidationError, match="leaked"):
        register(text)


def test_the_secret_of_a_registered_key_is_recognised(monkeypatch: pytest.MonkeyPatch) -> None:
    held = make_key()
    while not credentials.crypto_core_ed25519_is_valid_point(credentials.decode_public_key(held.secret)):
        held = make_key()
    with pytest.raises(ValidationError, match="the secret of an API key"):
        register(held.secret)


def test_a_registered_public_key_is_refused_even_after_deletion() -> None:
    held = make_key()
    lifecycle.revoke(held.key, by=owner(held.key.account.user))
    with pytest.raises(ValidationError, match="registered already"):
        register(held.key.public_id)


# -- Edit ----------------------------------------------------------------------------------------------------------


def test_an_edit_records_before_and_after() -> None:
    held = make_key(name="old")
    key = edit(held, name="new", permissions=BOTH)
    assert key.events.first().changes == {"name": ["old", "new"], "permissions": [["read"], ["read", "trading"]]}  # type: ignore[union-attr]


def test_an_edit_that_changes_nothing_leaves_no_event() -> None:
    assert events(edit(make_key(), recently=False)) == ["created"]


@pytest.mark.parametrize(
    ("start", "change"),
    [
        ({}, {"permissions": BOTH}),
        ({}, {"permissions": TRADING}),
        ({"networks": "203.0.113.7"}, {"networks": "203.0.113.7,198.51.100.1"}),
        ({"networks": "203.0.113.0/25"}, {"networks": "203.0.113.0/24"}),
        ({"networks": "203.0.113.7"}, {"networks": "", "address_rule": AddressRule.ANY}),
        ({}, {"expires_at": timezone.now() + timedelta(days=300)}),
    ],
)
def test_widening_asks_for_a_recent_sign_in(start: dict[str, Any], change: dict[str, Any]) -> None:
    held = make_key(**start)
    with pytest.raises(RecentSignInRequired):
        edit(held, recently=False, **change)
    held.key.refresh_from_db()
    assert events(held.key) == ["created"]


@pytest.mark.parametrize(
    ("start", "change"),
    [
        ({"permissions": BOTH}, {"permissions": READ}),
        ({}, {"networks": "203.0.113.7", "address_rule": AddressRule.LIST}),
        ({"networks": "203.0.113.0/24"}, {"networks": "203.0.113.7"}),
        ({}, {"expires_at": timezone.now() + timedelta(days=2)}),
        ({}, {"name": "another", "purpose": Purpose.TRADING}),
    ],
)
def test_narrowing_and_renaming_ask_for_nothing(start: dict[str, Any], change: dict[str, Any]) -> None:
    assert events(edit(make_key(**start), recently=False, **change)) == ["created", "edited"]


def test_extending_counts_365_days_from_the_edit() -> None:
    held = make_key(expires_at=timezone.now() + timedelta(days=10))
    with time_machine.travel(timezone.now() + timedelta(days=5), tick=False):
        key = edit(held, expires_at=timezone.now() + YEAR)
        assert key.expiry_set_at == timezone.now()


def test_an_expired_key_can_be_extended() -> None:
    held = make_key(expires_at=timezone.now() + timedelta(days=1))
    with time_machine.travel(timezone.now() + timedelta(days=2), tick=False):
        key = edit(held, expires_at=timezone.now() + timedelta(days=30))
        assert key.status(timezone.now()) == Status.ACTIVE


def test_an_expired_key_can_be_renamed_as_it_is() -> None:
    held = make_key(expires_at=timezone.now() + timedelta(days=1))
    with time_machine.travel(timezone.now() + timedelta(days=2), tick=False):
        assert edit(held, name="renamed").name == "renamed"


def test_a_deleted_key_cannot_be_edited_resumed_or_regenerated() -> None:
    held = make_key()
    by = owner(held.key.account.user)
    lifecycle.revoke(held.key, by=by)
    for attempt in (
        lambda: edit(held, name="again"),
        lambda: lifecycle.resume(held.key, by=by),
        lambda: lifecycle.pause(held.key, by=by),
        lambda: regenerate(held),
    ):
        with pytest.raises(ValidationError, match="deleted"):
            attempt()


# -- Pause, resume, delete -----------------------------------------------------------------------------------------


def test_pausing_twice_leaves_one_event() -> None:
    held = make_key()
    for _ in range(2):
        lifecycle.pause(held.key, by=Actor(held.key.account.user))
    assert events(held.key) == ["created", "paused"]


def test_resuming_asks_for_a_recent_sign_in() -> None:
    held = make_key()
    lifecycle.pause(held.key, by=Actor(held.key.account.user))
    with pytest.raises(RecentSignInRequired):
        lifecycle.resume(held.key, by=Actor(held.key.account.user))


def test_deleting_asks_for_nothing_and_twice_leaves_one_event() -> None:
    held = make_key()
    for _ in range(2):
        lifecycle.revoke(held.key, by=Actor(held.key.account.user))
    assert events(held.key) == ["created", "revoked"]


def test_an_owner_is_told_when_an_administrator_deletes(django_capture_on_commit_callbacks: Any) -> None:
    admin = make_trader(is_staff=True)
    with django_capture_on_commit_callbacks(execute=True):
        held = make_key(name="grid bot")
    with django_capture_on_commit_callbacks(execute=True):
        lifecycle.revoke(held.key, by=owner(admin), reason="Seen in a public repository")
    message = mail.outbox[-1]
    assert (message.to, "grid bot" in message.subject, "public repository" in message.body) == (
        [held.key.account.user.email],
        True,
        True,
    )


# -- Regenerate ----------------------------------------------------------------------------------------------------


def regenerate(held: HeldKey, *, overlap: timedelta = timedelta(0), days: int = 90, recently: bool = True) -> ApiKey:
    return lifecycle.regenerate(
        held.key,
        expires_at=timezone.now() + timedelta(days=days),
        overlap=overlap,
        by=Actor(held.key.account.user, recently_signed_in=recently),
    )[0]


def test_a_regenerated_key_has_the_same_settings_and_another_id() -> None:
    held = make_key(networks="203.0.113.7", permissions=BOTH)
    new = regenerate(held)
    assert replace(KeySettings.of(new), expires_at=held.key.expires_at) == KeySettings.of(held.key)
    assert new.public_id != held.key.public_id


def test_without_an_overlap_the_old_key_ends_at_once() -> None:
    held = make_key()
    new = regenerate(held)
    held.key.refresh_from_db()
    assert (held.key.revoked_at is not None, new.replaces) == (True, held.key)


@pytest.mark.parametrize(
    ("left", "overlap", "ends_after"),
    [
        (timedelta(days=30), timedelta(hours=24), timedelta(hours=24)),
        (timedelta(hours=2), timedelta(hours=24), timedelta(hours=2)),
    ],
)
@time_machine.travel("2026-11-22T12:00:00Z", tick=False)
def test_an_overlap_never_outlives_the_old_key(left: timedelta, overlap: timedelta, ends_after: timedelta) -> None:
    held = make_key(expires_at=timezone.now() + left)
    regenerate(held, overlap=overlap)
    held.key.refresh_from_db()
    assert held.key.expires_at == timezone.now() + ends_after


@pytest.mark.parametrize("overlap", [timedelta(days=-1), timedelta(days=7, seconds=1)])
def test_an_overlap_outside_its_bounds_is_refused(overlap: timedelta) -> None:
    with pytest.raises(ValidationError, match="7 days"):
        regenerate(make_key(), overlap=overlap)


def test_regenerating_asks_for_a_recent_sign_in() -> None:
    with pytest.raises(RecentSignInRequired):
        regenerate(make_key(), recently=False)


def test_a_key_is_regenerated_once() -> None:
    held = make_key()
    regenerate(held, overlap=timedelta(days=1))
    with pytest.raises(ValidationError, match="regenerated before"):
        regenerate(held)


def test_during_the_overlap_the_old_key_cannot_be_extended() -> None:
    held = make_key()
    regenerate(held, overlap=timedelta(hours=1))
    with pytest.raises(ValidationError, match="regenerated"):
        edit(held, expires_at=timezone.now() + timedelta(days=300))


def test_both_keys_remember_the_regeneration() -> None:
    held = make_key()
    assert (events(regenerate(held)), events(held.key)) == (["created"], ["created", "regenerated"])


# -- What the database itself holds ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"can_read": False, "can_trade": False},
        {"address_rule": "any", "networks": "203.0.113.7"},
        {"address_rule": "list", "networks": ""},
        {"secret_hash": "x"},
        {"public_id": "x"},
        {"kind": "bearer"},
        {"expires_at": datetime(2999, 1, 1, tzinfo=UTC)},  # not from now: every process must collect the same names
    ],
    ids=str,
)
def test_the_database_refuses_a_key_that_breaks_a_rule(change: dict[str, Any]) -> None:
    held = make_key()
    with pytest.raises(IntegrityError), transaction.atomic():
        ApiKey.objects.filter(pk=held.key.pk).update(**change)


def test_a_user_with_an_account_is_protected_from_deletion() -> None:
    with pytest.raises(ProtectedError):
        make_key().key.account.user.delete()


def test_events_are_never_changed_or_removed() -> None:
    event = make_key().key.events.get()
    for attempt in (
        event.save,
        event.delete,
        KeyEvent.objects.all().delete,
        lambda: KeyEvent.objects.update(reason=""),
    ):
        with pytest.raises(ValidationError):
            attempt()
