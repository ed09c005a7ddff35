"""Pause a key, or all keys of an account, and resume a key."""

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from apikeys.audit import log as audit_log
from apikeys.audit.log import Actor
from apikeys.db.batching import locked
from apikeys.keys import guards, stale_forms
from apikeys.keys.validation import KeySettings
from apikeys.models import Account, ApiKey, EventKind


@transaction.atomic
def pause(key: ApiKey, *, by: Actor, reason: str = "") -> ApiKey:
    """Reject all requests of a key until it is resumed. Pausing a paused key changes nothing."""
    key = guards.lock(key)
    guards.require_live(key)
    if not key.paused_at:
        key.paused_at = timezone.now()
        key.save(update_fields=["paused_at"])
        audit_log.record(key, EventKind.PAUSED, by, reason)
    return key


@transaction.atomic
def pause_all(account: Account, *, by: Actor, reason: str = "", only: Collection[int] | None = None) -> list[ApiKey]:
    """Pause all keys of an account, or `only` those with these IDs, in one transaction. Returns those it paused.

    Deleted and paused keys are skipped. Expired keys are paused, too, because they could be extended.
    """
    guards.lock_account(account)  # or a key that is being created would be missed
    keys = account.keys.live() if only is None else account.keys.live().filter(pk__in=only)
    live = locked(keys).order_by("pk")  # or one that is being resumed would be missed
    return [pause(key, by=by, reason=reason) for key in live if not key.paused_at]


@transaction.atomic
def resume(key: ApiKey, *, by: Actor, last_event: int | None = None) -> ApiKey:
    """Let a paused key work again, unless it has expired.

    `last_event` is the newest event that the trader saw, where there was a form. Raises KeyChanged,
    RecentSignInRequired.
    """
    key = guards.lock(key)
    guards.require_live(key)
    if key.paused_at:
        stale_forms.require_unchanged(key, last_event, stale_forms.SETTINGS_AND_STATE)
        guards.require_step_up(by, KeySettings.in_force(key), KeySettings.of(key))
        key.paused_at = None
        key.save(update_fields=["paused_at"])
        audit_log.record(key, EventKind.RESUMED, by, widens=True)
    return key
