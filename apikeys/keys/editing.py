"""Edit a key's settings."""

from django.db import transaction
from django.utils import timezone

from apikeys.audit import log as audit_log
from apikeys.audit.log import Actor
from apikeys.keys import guards, lifetime, stale_forms, validation
from apikeys.keys.validation import KeySettings, reject
from apikeys.models import ApiKey, EventKind


@transaction.atomic
def edit(key: ApiKey, wanted: KeySettings, *, by: Actor, last_event: int | None = None) -> ApiKey:
    """Change a key's settings. They apply to its next request.

    `last_event` is the newest event that the editor saw, where there was a form. Raises ValidationError by field,
    KeyChanged, RecentSignInRequired.
    """
    key = guards.lock_with_account(key)  # so that two edits can't take the same name
    guards.require_live(key)
    if key.replaced_at:
        reject("__all__", "You regenerated this key. Edit the new one, or delete this one.")
    before = KeySettings.of(key)
    changes = validation.changes(before, wanted)
    if not changes:
        return key
    stale_forms.require_unchanged(key, last_event, stale_forms.SETTINGS)
    now = timezone.now()
    validation.check(wanted)
    if "expires_at" in changes:
        lifetime.check(wanted.expires_at, now)
        if before.expires_at <= now:
            validation.check_room(key.account, now)
    if "name" in changes:
        validation.check_name_is_free(key.account, wanted.name)
    # A paused key is treated like a running one: what it is granted now applies once it is resumed.
    is_wider = guards.require_step_up(by, before, wanted)
    wanted.apply_to(key)
    if "expires_at" in changes:
        key.expiry_set_at = now
    key.save()
    audit_log.record(key, EventKind.EDITED, by, changes=changes, widens=is_wider)
    return key
