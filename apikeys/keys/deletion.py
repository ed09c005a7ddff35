"""Delete a key for ever."""

from django.db import transaction
from django.utils import timezone

from apikeys.audit import log as audit_log
from apikeys.audit.log import Actor
from apikeys.keys import guards
from apikeys.models import ApiKey, EventKind


@transaction.atomic
def revoke(key: ApiKey, *, by: Actor, reason: str = "") -> ApiKey:
    """Delete a key: its next call is refused, for ever. The row stays as a record, and its id is never used again."""
    key = guards.lock(key)
    if not key.revoked_at:
        key.revoked_at = timezone.now()
        key.save(update_fields=["revoked_at"])
        audit_log.record(key, EventKind.REVOKED, by, reason)
    return key
