"""Pause a key or all of an account's, and resume one."""

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
    """Refuse every call of a key until it is resumed. Pausing a paused key changes nothing."""
    key = guards.lock(key)
    guards.require_live(key)
    if not key.paused_at:
        key.paused_at = timezone.now()
        key.save(update_fields=["paused_at"])
        audit_log.record(key, EventKind.PAUSED, by, reason)
    return key


@transaction.atomic
def pause_all(account: Account, *, by: Actor, reason: str = "", only: Collection[int] | None = None) -> list[ApiKey]:
    """Pause every key of an account, or `only` those with these ids, in one transaction. Returns those it paused.

    Deleted and paused keys are passed over. Expired ones are paused, too: they could be extended.
    """
    guards.lock_account(account)  # or a key that is just being made is missed
    keys = account.keys.live() if only is None else account.keys.live().filter(pk__in=only)
    live = locked(keys).order_by("pk")  # or one that is just being resumed is missed
    return [pause(key, by=by, reason=reason) for key in live if not key.paused_at]


@transaction.atomic
def resume(key: ApiKey, *, by: Actor, last_event: int | None = None) -> ApiKey:
    """Admit a paused key again, if it has not expired.

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
