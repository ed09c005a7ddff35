"""Delete keys for ever."""

from django.db import transaction
from django.utils import timezone

from apikeys.audit import log as audit_log
from apikeys.audit.log import Actor
from apikeys.db.batching import locked
from apikeys.keys import guards
from apikeys.models import ApiKey, ApiKeyQuerySet, EventKind


@transaction.atomic
def revoke(key: ApiKey, *, by: Actor, reason: str = "") -> ApiKey:
    """Delete a key: its next call is refused, for ever. The row stays as a record, and its id is never used again."""
    key = guards.lock(key)
    if not key.revoked_at:
        key.revoked_at = timezone.now()
        key.save(update_fields=["revoked_at"])
        audit_log.record(key, EventKind.REVOKED, by, reason)
    return key


@transaction.atomic
def revoke_all(keys: ApiKeyQuerySet, *, by: Actor, reason: str = "") -> list[ApiKey]:
    """Delete these keys in one transaction, so that an owner of several gets one mail. Returns those it deleted.

    `keys` joins no other table, whose rows would be locked with them.
    """
    return [revoke(key, by=by, reason=reason) for key in locked(keys.live()).order_by("pk")]
