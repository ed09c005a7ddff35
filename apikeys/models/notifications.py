"""Traders' notifications, and which of them they want by e-mail."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from apikeys.network.anonymization import anonymized_address
from apikeys.network.client_ip import UNKNOWN_IN_WORDS
from apikeys.wording import listed


class NotificationKind(models.TextChoices):
    CREATED = "created"
    WIDENED = "widened", "may do more"
    REGENERATED = "regenerated"
    PAUSED = "paused"
    DELETED = "deleted"
    LEAKED = "exposed", "secret leaked"
    ALERTED = "alarmed", "used from elsewhere"
    EXPIRING = "expiring"
    EXPIRED = "expired"


class Delivery(models.TextChoices):
    IMMEDIATE = "now"
    DAILY = "daily"
    NONE = "never"


class Notification(models.Model):
    """One notification about a trader's keys. `slug` identifies what it is about, so that nothing is notified twice."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notifications")
    key = models.ForeignKey(  # empty if it is about several keys
        "apikeys.ApiKey", null=True, blank=True, on_delete=models.PROTECT, related_name="notifications"
    )
    kind = models.CharField(max_length=12, choices=NotificationKind.choices)
    slug = models.CharField(max_length=100, unique=True)
    title = models.CharField(max_length=160)
    text = models.TextField(blank=True)  # one fact a line
    # Where it was done from. Empty: it isn't known, or isn't the trader's business. NULL: the row was written by the
    # version before this column, beside this one, and its text may contain IP addresses.
    addresses = models.JSONField(null=True, blank=True, default=list)
    at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)

    delivery = models.CharField(max_length=5, choices=Delivery.choices, db_column="mailing")  # by e-mail
    mailed_at = models.DateTimeField(null=True, blank=True)
    claim = models.UUIDField(null=True, blank=True, db_index=True)  # of the process that is about to send it
    claimed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "apikeys_notice"
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["user", "-at", "-id"], name="notices_of_a_trader"),
            models.Index(fields=["user"], condition=Q(read_at=None), name="unread_notices"),
            models.Index(
                fields=["delivery", "user"],
                condition=Q(mailed_at=None) & ~Q(delivery=Delivery.NONE),
                name="notices_to_mail",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def facts(self) -> str:
        """All there is to say below the title, one fact a line."""
        addresses = listed([address or UNKNOWN_IN_WORDS for address in self.addresses or ()])
        if self.kind == NotificationKind.ALERTED:
            return "\n".join(filter(None, [addresses and f"We rejected requests from {addresses}.", self.text]))
        return "\n".join(filter(None, [self.text, addresses and f"From {addresses}."]))

    @property
    def anonymized_addresses(self) -> list[str]:
        """The networks of its IP addresses, each of them once."""
        return list(dict.fromkeys(map(anonymized_address, self.addresses or ())))


class NotificationPreferences(models.Model):
    """Which notifications a trader wants by e-mail besides those about security, and what the last digest contained."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notification_preferences"
    )
    changes = models.BooleanField(default=True)
    expiry = models.BooleanField(default=True)
    findings = models.BooleanField(default=True)

    digest_on = models.DateField(null=True, blank=True)  # the UTC day of the last digest
    digest_claim = models.UUIDField(null=True, blank=True, db_index=True)
    findings_sent = models.JSONField(default=list, blank=True, db_column="findings_told")  # in the last digest

    class Meta:
        db_table = "apikeys_noticechoices"

    def __str__(self) -> str:
        return f"Choices of {self.user}"
