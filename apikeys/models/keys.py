"""API keys: what they can do, from where, and how long. Only `apikeys.keys` changes them, and none is ever deleted."""

from datetime import datetime, timedelta
from typing import Self
from uuid import uuid4

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models
from django.db.models import F, Max, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from apikeys.models.accounts import Account
from apikeys.permissions import Permission

MAX_LIFETIME = timedelta(days=365)
EXPIRING_SOON = timedelta(days=14)


class Kind(models.TextChoices):
    SIGNING = "signing", "Signing key"
    BEARER = "bearer", "Bearer token"


class Purpose(models.TextChoices):
    MONITORING = "monitoring", "Monitoring"
    TRADING = "trading", "Trading"


class AddressRule(models.TextChoices):
    ANY = "any", "Any address"
    LIST = "list", "Only these"


class Status(models.TextChoices):
    """The status that a trader sees. If several apply, the first one here counts."""

    DELETED = "deleted"
    EXPIRED = "expired"
    PAUSED = "paused"
    EXPIRING = "expiring"
    ACTIVE = "active"

    @property
    def can_call(self) -> bool:
        """Whether requests with such a key are admitted."""
        return self in (Status.EXPIRING, Status.ACTIVE)


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def owned_by(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        return self.filter(account__user=user) if user.is_authenticated else self.none()

    def live(self) -> Self:
        """Keys that weren't deleted: all that the trader's table shows, including expired and paused ones."""
        return self.filter(revoked_at=None)

    def current(self) -> Self:
        """Live keys, except those that were regenerated."""
        return self.live().filter(replaced_at=None)

    def counted(self, now: datetime) -> Self:
        """Current keys that haven't expired. An account can have only so many of them."""
        return self.current().filter(expires_at__gt=now)

    def running(self, now: datetime) -> Self:
        """Keys that aren't deleted, expired or paused."""
        return self.live().filter(paused_at=None, expires_at__gt=now)

    def with_last_event(self) -> Self:
        """Read each key's newest event ID in the same query; 0 if it has no events."""
        return self.annotate(last_event=Coalesce(Max("events"), 0))

    def with_status(self, status: Status, now: datetime) -> Self:
        """Keys with this status, by the same rules as `ApiKey.status`."""
        if status == Status.DELETED:
            return self.exclude(revoked_at=None)
        if status == Status.EXPIRED:
            return self.live().filter(expires_at__lte=now)
        if status == Status.PAUSED:
            return self.live().filter(expires_at__gt=now).exclude(paused_at=None)
        soon = Q(expires_at__lte=now + EXPIRING_SOON)
        return self.running(now).filter(soon if status == Status.EXPIRING else ~soon)


class ApiKey(models.Model):
    """An API key of one account, for one program. Contains nothing that could reveal its secret."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="keys")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    # A signing key's `ed25519:<base58 public key>`, or a bearer token's 16 characters. Never used twice.
    public_id = models.CharField("API key", max_length=64, unique=True)
    secret_hash = models.CharField(max_length=128, blank=True, editable=False)  # Argon2id; bearer tokens only
    secret_prefix_digest = models.CharField(  # 4 bytes of SHA-256, in hex
        max_length=8, blank=True, editable=False, db_column="secret_check"
    )

    name = models.CharField(max_length=64)
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    can_read = models.BooleanField("Read", default=False)
    can_trade = models.BooleanField("Trading", default=False)
    address_rule = models.CharField(max_length=4, choices=AddressRule.choices)
    # Normalised, comma-separated. Empty if and only if any IP address is allowed.
    networks = models.TextField(blank=True)

    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    expiry_set_at = models.DateTimeField()  # the moment that MAX_LIFETIME is counted from
    paused_at = models.DateTimeField(null=True, blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)  # when its owner last kept it in a review
    revoked_at = models.DateTimeField(null=True, blank=True)
    # Set on the old key when it is regenerated; the new one points back with `replaces`.
    replaced_at = models.DateTimeField(null=True, blank=True)
    replaces = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replacement", editable=False
    )

    idempotency_key = models.UUIDField(  # of the form that created the key
        default=uuid4, unique=True, editable=False, db_column="submission"
    )
    last_event: int  # only if read `with_last_event`

    last_used_at = models.DateTimeField(null=True, blank=True)
    last_used_address = models.CharField(max_length=45, blank=True)
    last_used_client = models.CharField(max_length=64, blank=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = "API key"
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "name"],
                condition=Q(revoked_at=None, replaced_at=None),
                name="live_key_names_are_unique",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="a_key_has_a_name"),
            models.CheckConstraint(condition=Q(can_read=True) | Q(can_trade=True), name="a_key_may_do_something"),
            models.CheckConstraint(
                condition=(Q(address_rule="any", networks="") | (Q(address_rule="list") & ~Q(networks=""))),
                name="any_address_is_said_never_implied",
            ),
            models.CheckConstraint(
                condition=Q(kind="signing", secret_hash="", secret_prefix_digest="", public_id__startswith="ed25519:")
                | (Q(kind="bearer") & ~Q(secret_hash="") & ~Q(secret_prefix_digest="")),
                name="only_bearer_tokens_have_a_hash",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__lte=F("expiry_set_at") + MAX_LIFETIME), name="a_key_lives_at_most_365_days"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def permissions(self) -> frozenset[Permission]:
        granted = {Permission.READ: self.can_read, Permission.TRADING: self.can_trade}
        return frozenset(permission for permission, given in granted.items() if given)

    @property
    def network_list(self) -> list[str]:
        return self.networks.split(",") if self.networks else []

    def status(self, now: datetime) -> Status:
        if self.revoked_at:
            return Status.DELETED
        if now >= self.expires_at:
            return Status.EXPIRED
        if self.paused_at:
            return Status.PAUSED
        return Status.EXPIRING if self.expires_at - now <= EXPIRING_SOON else Status.ACTIVE
