"""Traders' decisions about findings."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from apikeys.models.keys import ApiKey


class FindingDecision(models.Model):
    """A trader's decision about a finding: snoozed until a date, or accepted with a reason.

    It applies until the finding has new grounds. `grounds` are those at the time of the decision.
    """

    key = models.ForeignKey(ApiKey, on_delete=models.PROTECT, related_name="decisions")
    code = models.CharField(max_length=24)  # the finding's
    until = models.DateTimeField(null=True, blank=True)  # empty: accepted until something changes
    reason = models.CharField(max_length=300, blank=True)
    grounds = models.JSONField(default=list, db_column="marks")
    decided_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "apikeys_decision"
        constraints = [
            models.UniqueConstraint(fields=["key", "code"], name="one_decision_per_finding"),
            models.CheckConstraint(
                condition=Q(until__isnull=False) | ~Q(reason=""), name="what_is_accepted_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.code}"
