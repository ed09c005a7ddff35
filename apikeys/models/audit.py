"""The audit log of keys. Rows are only ever added."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from apikeys.models.keys import ApiKey
from apikeys.network.anonymization import anonymized_address


class EventKind(models.TextChoices):
    CREATED = "created"
    EDITED = "edited"
    PAUSED = "paused"
    RESUMED = "resumed"
    REGENERATED = "regenerated"
    REVOKED = "revoked", "deleted"
    LEAKED = "exposed", "secret leaked"
    ALERTED = "alarmed", "used from elsewhere"  # with the right secret, from an IP address that isn't allowed
    REVIEWED = "reviewed"
    SNOOZED = "snoozed", "finding snoozed"
    ACCEPTED = "accepted", "finding accepted"
    REOPENED = "reopened", "finding re-opened"


class AppendOnly(models.QuerySet[Any]):
    """Rows that are only ever added. The only change is `anonymize`."""

    def anonymize(self, address: str) -> int:
        """Replace an IP address by its network, in all rows."""
        return models.QuerySet.update(self.filter(address=address), address=anonymized_address(address))

    def update(self, **values: Any) -> int:
        raise ValidationError("Events are never changed.")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise ValidationError("Events are never removed.")


class KeyEvent(models.Model):
    """What happened to a key: who did it, when, from where and why."""

    key = models.ForeignKey(ApiKey, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=12, choices=EventKind.choices)
    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey(  # empty: the key itself, or the system
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    address = models.CharField(max_length=45, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    changes = models.JSONField(default=dict, blank=True)  # {field: [before, after]}

    objects = AppendOnly.as_manager()

    class Meta:
        base_manager_name = "objects"
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["key", "-at"], name="events_of_a_key")]

    def __str__(self) -> str:
        return f"{self.key} {self.kind}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise ValidationError("Events are never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise ValidationError("Events are never removed.")
