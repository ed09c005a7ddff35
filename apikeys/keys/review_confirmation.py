"""Mark a key as reviewed."""

from django.db import transaction
from django.utils import timezone

from apikeys.audit import log as audit_log
from apikeys.audit.log import Actor
from apikeys.keys import guards
from apikeys.models import ApiKey, EventKind


@transaction.atomic
def mark_reviewed(key: ApiKey, *, by: Actor) -> ApiKey:
    """Record that the owner reviewed a key and keeps it unchanged."""
    key = guards.lock(key)
    guards.require_live(key)
    key.reviewed_at = timezone.now()
    key.save(update_fields=["reviewed_at"])
    audit_log.record(key, EventKind.REVIEWED, by)
    return key
