"""A key's life: the only code that writes keys. Each verb is one transaction and leaves one event.

Narrowing, pausing and deleting ask for nothing. What makes or widens a key asks for a recent sign-in.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from apikeys import credentials, key_settings, notices, possession
from apikeys.batches import locked
from apikeys.credentials import InvalidPublicKey, Minted
from apikeys.key_settings import KeySettings, refuse, widens
from apikeys.models import Account, ApiKey, EventKind, KeyEvent, Kind

LONGEST_OVERLAP = timedelta(days=7)
MOST_ALARMS = 20


class RecentSignInRequired(Exception):
    """What is asked for makes or widens a key, and the actor has not signed in within 15 minutes with this password."""


class AlreadySubmitted(Exception):
    """The form was sent before. `key` is what the first sending made; its secret cannot be shown again."""

    def __init__(self, key: ApiKey) -> None:
        self.key = key
        super().__init__(f"{key.name} was already created.")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does it. No user: the key itself, or the system."""

    user: User | None = None
    address: str = ""
    recently_signed_in: bool = False


@sensitive_variables("minted")
@transaction.atomic
def create(
    account: Account,
    wanted: KeySettings,
    *,
    kind: Kind,
    by: Actor,
    public_key: str = "",
    proof: str | None = None,
    submission: UUID | None = None,
) -> tuple[ApiKey, str]:
    """Make a key. Returns it with its secret, which exists nowhere else; empty where the pair was made elsewhere.

    A public key that the trader's browser made comes with its proof of possession; the trader's own with none.
    Raises ValidationError by field, RecentSignInRequired, AlreadySubmitted.
    """
    _lock_account(account, submission)
    _require_recent_sign_in(by)
    now = timezone.now()
    key_settings.check(wanted)
    key_settings.check_expiry(wanted.expires_at, now)
    _check_name_is_free(account, wanted.name)
    if account.keys.live().filter(replaced_at=None).count() >= settings.API_KEYS_PER_ACCOUNT:
        refuse("__all__", f"An account has at most {settings.API_KEYS_PER_ACCOUNT} keys. Delete one you no longer use.")
    if proof is not None:
        _check_proof(proof, account, submission, public_key)
    minted = _mint(kind, public_key)
    key = _insert(account, wanted, kind, minted, now, submission)
    notices.tell_created(_record(key, EventKind.CREATED, by))
    return key, minted.secret


@transaction.atomic
def edit(key: ApiKey, wanted: KeySettings, *, by: Actor) -> ApiKey:
    """Change a key's settings, in force on its next call. Raises ValidationError by field, RecentSignInRequired."""
    key = lock_with_account(key)  # two edits at once cannot take the same name
    _require_live(key)
    if key.replaced_at:
        refuse("__all__", "This key was regenerated: edit the new one, or delete this one.")
    before = KeySettings.of(key)
    changes = key_settings.changes(before, wanted)
    if not changes:
        return key
    now = timezone.now()
    key_settings.check(wanted)
    if "expires_at" in changes:
        key_settings.check_expiry(wanted.expires_at, now)
    if "name" in changes:
        _check_name_is_free(key.account, wanted.name)
    if widens(before, wanted):
        _require_recent_sign_in(by)
    wanted.apply_to(key)
    if "expires_at" in changes:
        key.expiry_set_at = now
    key.save()
    event = _record(key, EventKind.EDITED, by, changes=changes)
    if widens(before, wanted):
        notices.tell_widened(event)
    return key


@transaction.atomic
def pause(key: ApiKey, *, by: Actor, reason: str = "") -> ApiKey:
    """Refuse every call of a key until it is resumed. Pausing a paused key changes nothing."""
    key = _lock(key)
    _require_live(key)
    if not key.paused_at:
        key.paused_at = timezone.now()
        key.save(update_fields=["paused_at"])
        notices.tell_paused(_record(key, EventKind.PAUSED, by, reason))
    return key


@transaction.atomic
def pause_all(account: Account, *, by: Actor, reason: str = "") -> list[ApiKey]:
    """Pause every key that was not deleted, expired ones too: they could be extended. Returns those it paused."""
    _lock_account(account)
    live = locked(account.keys.live()).order_by("pk")  # or one that is just being resumed is missed
    return [pause(key, by=by, reason=reason) for key in live if not key.paused_at]


@transaction.atomic
def resume(key: ApiKey, *, by: Actor) -> ApiKey:
    """Admit a paused key again, if it has not expired. Raises RecentSignInRequired."""
    key = _lock(key)
    _require_live(key)
    if key.paused_at:
        _require_recent_sign_in(by)
        key.paused_at = None
        key.save(update_fields=["paused_at"])
        notices.tell_resumed(_record(key, EventKind.RESUMED, by))
    return key


@sensitive_variables("minted")
@transaction.atomic
def regenerate(
    key: ApiKey,
    *,
    expires_at: datetime,
    overlap: timedelta,
    by: Actor,
    public_key: str = "",
    proof: str | None = None,
    submission: UUID | None = None,
) -> tuple[ApiKey, str]:
    """Make a new key with the same settings; the old one ends at once, or after an overlap of at most 7 days.

    Returns the new key with its secret. Raises ValidationError by field, RecentSignInRequired, AlreadySubmitted.
    """
    _lock_account(key.account, submission)
    key = _lock(key)
    _require_live(key)
    _require_recent_sign_in(by)
    if key.replaced_at:
        refuse("__all__", "This key was regenerated before. Regenerate the new one.")
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        refuse("overlap", "The old key can go on working for at most 7 days.")
    now = timezone.now()
    key_settings.check_expiry(expires_at, now)
    if overlap:
        _check_old_keys(key.account, now)
    if proof is not None:
        _check_proof(proof, key.account, submission, public_key)
    before = KeySettings.of(key)
    minted = _mint(Kind(key.kind), public_key)
    _retire(key, now, overlap)
    wanted = replace(before, expires_at=expires_at)
    new = _insert(key.account, wanted, Kind(key.kind), minted, now, submission, replaces=key)
    changes = key_settings.changes(before, KeySettings.of(key))
    notices.tell_regenerated(_record(key, EventKind.REGENERATED, by, changes=changes))
    _record(new, EventKind.CREATED, by, reason=f"Regenerated from {credentials.mask(key.public_id)}")
    return new, minted.secret


@transaction.atomic
def revoke(key: ApiKey, *, by: Actor, reason: str = "") -> ApiKey:
    """Delete a key: its next call is refused, for ever. The row stays as a record, and its id is never used again."""
    key = _lock(key)
    if not key.revoked_at:
        key.revoked_at = timezone.now()
        key.save(update_fields=["revoked_at"])
        notices.tell_deleted(_record(key, EventKind.REVOKED, by, reason))
    return key


@transaction.atomic
def confirm(key: ApiKey, *, by: Actor) -> ApiKey:
    """Remember that its owner looked at a key in a review and keeps it as it is."""
    key = _lock(key)
    _require_live(key)
    key.reviewed_at = timezone.now()
    key.save(update_fields=["reviewed_at"])
    _record(key, EventKind.REVIEWED, by)
    return key


@transaction.atomic
def expose(key: ApiKey, *, reason: str, address: str = "") -> ApiKey:
    """Pause a key whose secret was seen where it must not be, and tell its owner.

    A key that was paused for another reason is exposed all the same: whoever resumes it should know.
    """
    key = _lock(key)
    if not stands_exposed(key):
        key.paused_at = key.paused_at or timezone.now()
        key.save(update_fields=["paused_at"])
        notices.tell_exposed(_record(key, EventKind.EXPOSED, Actor(address=address), reason))
    return key


def stands_exposed(key: ApiKey) -> bool:
    """Tell whether exposing a key would change nothing: it is gone, or it is paused and its exposure recorded."""
    return bool(key.revoked_at or (key.paused_at and key.events.filter(kind=EventKind.EXPOSED).exists()))


@transaction.atomic
def alarm(key: ApiKey, addresses: Collection[str], *, since: datetime) -> ApiKey:
    """Tell the owner that somebody calls with the right secret from addresses that are not allowed. Pauses nothing.

    Once per address since that moment, and at most for MOST_ALARMS addresses: a thief has many.
    """
    key = _lock(key)
    known = set(key.events.filter(kind=EventKind.ALARMED, at__gte=since).values_list("address", flat=True))
    new = sorted(set(addresses) - known)[: max(0, MOST_ALARMS - len(known))]
    if new and not key.revoked_at:
        reason = "Called with the right secret from an address that is not allowed. The call was refused."
        notices.tell_alarmed([_record(key, EventKind.ALARMED, Actor(address=address), reason) for address in new])
    return key


def lock_with_account(key: ApiKey) -> ApiKey:
    """Lock a key's account and then the key, as all do who need both, and read the key again. Needs a transaction."""
    _lock_account(key.account)
    return _lock(key)


# -- Steps ---------------------------------------------------------------------------------------------------------


def _lock(key: ApiKey) -> ApiKey:
    # no_key: rows that refer to this one (orders, usage) may be written meanwhile, or the two would wait in a circle.
    return ApiKey.objects.select_for_update(of=("self",), no_key=True).select_related("account__user").get(pk=key.pk)


def _lock_account(account: Account, submission: UUID | None = None) -> None:
    """Make this account's creations wait for each other, so that their limits and one-use numbers hold."""
    Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    if submission and (made := ApiKey.objects.filter(submission=submission, account=account).first()):
        raise AlreadySubmitted(made)


def _require_recent_sign_in(by: Actor) -> None:
    if not by.recently_signed_in or not _password_stands(by.user):
        raise RecentSignInRequired


def _password_stands(user: User | None) -> bool:
    """Tell whether the password is still the one of the sign-in, now that locks are held.

    A request that came before a new password, and waited for the locks of what that set off, would undo it.
    """
    return user is None or User.objects.filter(pk=user.pk, password=user.password).exists()


def _require_live(key: ApiKey) -> None:
    if key.revoked_at:
        refuse("__all__", "This key was deleted. Create a new one.")


def _check_name_is_free(account: Account, name: str) -> None:
    if account.keys.live().filter(name=name, replaced_at=None).exists():
        refuse("name", f"Another of your keys is called “{name}”. One key, one system: name it after its own.")


def _check_old_keys(account: Account, now: datetime) -> None:
    """Old keys are not counted as keys, so that a full account can regenerate: they have a limit of their own."""
    old = account.keys.live().exclude(replaced_at=None).filter(expires_at__gt=now)
    if old.count() >= settings.API_KEYS_PER_ACCOUNT:
        refuse("overlap", "Too many of your old keys still work. Let this one end now, or delete others first.")


def _check_proof(proof: str, account: Account, submission: UUID | None, public_key: str) -> None:
    if submission is None or not possession.proves(proof, account.account_id, submission, public_key):
        refuse("proof", "Your browser did not prove that it holds the new key. Close the form and open it again.")


@sensitive_variables("minted")
def _mint(kind: Kind, public_key: str) -> Minted:
    if kind == Kind.BEARER:
        return credentials.mint_bearer_token()
    if not public_key:
        return credentials.mint_signing_key()
    try:
        minted = credentials.register_public_key(public_key)
    except InvalidPublicKey as error:
        refuse("public_key", str(error))
    _check_unregistered(minted.public_id, public_key)
    return minted


def _check_unregistered(public_id: str, pasted: str) -> None:
    if ApiKey.objects.filter(public_id=credentials.public_id_of_seed(pasted)).exists():
        refuse("public_key", "This is the secret of an API key. Consider it leaked: delete that key, make a new pair.")
    if ApiKey.objects.filter(public_id=public_id).exists():
        refuse("public_key", "This public key is registered already. Make a new pair.")


@sensitive_variables("minted")
def _insert(
    account: Account,
    wanted: KeySettings,
    kind: Kind,
    minted: Minted,
    now: datetime,
    submission: UUID | None,
    replaces: ApiKey | None = None,
) -> ApiKey:
    key = ApiKey(
        account=account,
        kind=kind,
        public_id=minted.public_id,
        secret_hash=minted.secret_hash,
        secret_check=minted.secret_check,
        created_at=now,
        expiry_set_at=now,
        submission=submission or uuid4(),
        replaces=replaces,
    )
    wanted.apply_to(key)
    try:
        with transaction.atomic():
            key.save(force_insert=True)
    except IntegrityError:
        _refuse_if_taken(key)
        raise
    return key


def _refuse_if_taken(key: ApiKey) -> None:
    """Refuse what another account took first, perhaps a moment ago: a public key, or a form's one-use number."""
    if ApiKey.objects.filter(Q(public_id=key.public_id) | Q(submission=key.submission)).exists():
        refuse("__all__", "This public key, or this form, was used for another key. Close the form and open it again.")


def _retire(key: ApiKey, now: datetime, overlap: timedelta) -> None:
    key.replaced_at = now
    if overlap:
        key.expires_at = min(key.expires_at, now + overlap)
    else:
        key.revoked_at = now
    key.save(update_fields=["replaced_at", "expires_at", "revoked_at"])


def _record(
    key: ApiKey, kind: EventKind, by: Actor, reason: str = "", changes: dict[str, list[object]] | None = None
) -> KeyEvent:
    return KeyEvent.objects.create(
        key=key, kind=kind, actor=by.user, address=by.address, reason=reason[:300], changes=changes or {}
    )
