"""Regenerate a key: replace it with a new one that has the same settings."""

from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from apikeys.audit import log as audit_log
from apikeys.audit.log import Actor
from apikeys.crypto import credentials
from apikeys.keys import guards, lifetime, stale_forms, validation
from apikeys.keys.creation import MADE_HERE, NewKeyPair, insert, mint
from apikeys.keys.validation import KeySettings, reject
from apikeys.models import Account, ApiKey, EventKind, Kind

LONGEST_OVERLAP = timedelta(days=7)


@sensitive_variables("minted")
@transaction.atomic
def regenerate(
    key: ApiKey,
    *,
    expires_at: datetime,
    overlap: timedelta,
    by: Actor,
    pair: NewKeyPair = MADE_HERE,
    last_event: int | None = None,
) -> tuple[ApiKey, str]:
    """Create a key with the same settings. The old one stops at once, or after an overlap of at most 7 days.

    `last_event` is the newest event that the trader saw, where there was a form. Returns the new key with its secret.
    Raises ValidationError by field, KeyChanged, RecentSignInRequired, AlreadySubmitted.
    """
    guards.lock_account(key.account, pair.idempotency_key)
    key = guards.lock(key)
    guards.require_live(key)
    stale_forms.require_unchanged(key, last_event, stale_forms.SETTINGS_AND_STATE)
    before = KeySettings.of(key)
    wanted = replace(before, expires_at=expires_at)
    guards.require_step_up(by, None, wanted)  # whoever gets the new secret had no access before
    if key.replaced_at:
        reject("__all__", "You already regenerated this key. Regenerate the new one.")
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        reject("overlap", "The old key can keep working for at most 7 days.")
    now = timezone.now()
    lifetime.check(expires_at, now)
    if key.expires_at <= now:  # the new key counts, where the old one did not
        validation.check_room(key.account, now)
    if overlap:
        _check_old_keys(key.account, now)
    minted = mint(Kind(key.kind), pair, key.account)
    _retire(key, now, overlap)
    new = insert(key.account, wanted, Kind(key.kind), minted, now, pair, replaces=key)
    changes = validation.changes(before, KeySettings.of(key))
    audit_log.record(key, EventKind.REGENERATED, by, changes=changes)
    audit_log.record(new, EventKind.CREATED, by, reason=f"Regenerated from {credentials.mask(key.public_id)}")
    return new, minted.secret


def _check_old_keys(account: Account, now: datetime) -> None:
    """Check the limit of replaced keys. They don't count as keys, so that a full account can regenerate."""
    old = account.keys.live().exclude(replaced_at=None).filter(expires_at__gt=now)
    if old.count() >= settings.API_KEYS_PER_ACCOUNT:
        reject("overlap", "Too many of your old keys still work. Choose “No”, or delete others first.")


def _retire(key: ApiKey, now: datetime, overlap: timedelta) -> None:
    key.replaced_at = now
    if overlap:
        key.expires_at = min(key.expires_at, now + overlap)
    else:
        key.revoked_at = now
    key.save(update_fields=["replaced_at", "expires_at", "revoked_at"])
