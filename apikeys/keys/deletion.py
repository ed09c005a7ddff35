"""Delete keys. This can't be undone."""

from django.db import transaction
from django.utils import timezone

from apikeys.audit import log as audit_log
from apikeys.audit.log import Actor
from apikeys.db.batching import locked
from apikeys.keys import guards
from apikeys.models import ApiKey, ApiKeyQuerySet, EventKind


@transaction.atomic
def revoke(key: ApiKey, *, by: Actor, reason: str = "") -> ApiKey:
    """Delete a key. All further requests are rejected. The row stays as a record, and its ID is never used again."""
    key = guards.lock(key)
    if not key.revoked_at:
        key.revoked_at = timezone.now()
        key.save(update_fields=["revoked_at"])
        audit_log.record(key, EventKind.REVOKED, by, reason)
    return key


@transaction.atomic
def revoke_all(keys: ApiKeyQuerySet, *, by: Actor, reason: str = "") -> list[ApiKey]:
    """Delete keys in one transaction, so that their owner gets one email. Returns the deleted ones.

    `keys` must not join other tables, because their rows would be locked, too.
    """
    return [revoke(key, by=by, reason=reason) for key in locked(keys.live()).order_by("pk")]
