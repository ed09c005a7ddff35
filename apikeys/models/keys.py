"""Accounts, their keys, and what happened to them. Rows are changed by `lifecycle` alone; keys are never removed."""

import secrets
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from apikeys.noticeboard import Mailing as Mailing
from apikeys.noticeboard import Notice as Notice
from apikeys.noticeboard import NoticeChoices as NoticeChoices
from apikeys.noticeboard import NoticeKind as NoticeKind
from apikeys.permissions import Permission
from apikeys.places import coarse_address

LONGEST_LIFE = timedelta(days=365)
EXPIRING_SOON = timedelta(days=14)


def random_account_id() -> str:
    """Make an Account ID for an account without a wallet, in the form Orderly derives from one."""
    return "0x" + secrets.token_hex(32)


def random_uid() -> int:
    return 10_000_000 + secrets.randbelow(90_000_000)


class Account(models.Model):
    """The trading account that keys belong to: one per user."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="account")
    account_id = models.CharField("Account ID", max_length=66, unique=True, default=random_account_id)
    uid = models.PositiveBigIntegerField("UID", unique=True, default=random_uid)
    wallet = models.CharField(max_length=44, blank=True)  # that the Account ID was derived from; see `accounts`
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(account_id__regex=r"^0x[0-9a-f]{64}$"), name="account_id_is_0x_64_hex"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id[:6]}...{self.account_id[-4:]}"


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
    """What a trader reads at a glance, the most final first."""

    DELETED = "deleted"
    EXPIRED = "expired"
    PAUSED = "paused"
    EXPIRING = "expiring"
    ACTIVE = "active"


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def owned_by(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        return self.filter(account__user=user) if user.is_authenticated else self.none()

    def live(self) -> Self:
        """Keys that were not deleted: what the trader's table shows, expired and paused ones too."""
        return self.filter(revoked_at=None)

    def with_status(self, status: Status, now: datetime) -> Self:
        """Keys that show this status; the same rules as `ApiKey.status`."""
        if status == Status.DELETED:
            return self.exclude(revoked_at=None)
        if status == Status.EXPIRED:
            return self.live().filter(expires_at__lte=now)
        unexpired = self.live().filter(expires_at__gt=now)
        if status == Status.PAUSED:
            return unexpired.exclude(paused_at=None)
        running = unexpired.filter(paused_at=None)
        soon = Q(expires_at__lte=now + EXPIRING_SOON)
        return running.filter(soon if status == Status.EXPIRING else ~soon)


class ApiKey(models.Model):
    """One access channel to one account, for one system. Holds nothing that could reveal its secret."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="keys")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    # A signing key's `ed25519:<base58 public key>`, a bearer token's 16 characters. Never used twice.
    public_id = models.CharField("API key", max_length=64, unique=True)
    secret_hash = models.CharField(max_length=128, blank=True, editable=False)  # Argon2id; bearer tokens only
    secret_check = models.CharField(max_length=8, blank=True, editable=False)  # 4 bytes of SHA-256, in hex

    name = models.CharField(max_length=64)
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    can_read = models.BooleanField("Read", default=False)
    can_trade = models.BooleanField("Trading", default=False)
    address_rule = models.CharField(max_length=4, choices=AddressRule.choices)
    networks = models.TextField(blank=True)  # normalised, comma-separated; empty exactly when any address may call

    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    expiry_set_at = models.DateTimeField()  # the moment the 365 days are counted from
    paused_at = models.DateTimeField(null=True, blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)  # when its owner last decided in a review to keep it
    revoked_at = models.DateTimeField(null=True, blank=True)
    # Set on the old key when it is regenerated; the new one points back with `replaces`.
    replaced_at = models.DateTimeField(null=True, blank=True)
    replaces = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replacement", editable=False
    )

    submission = models.UUIDField(default=uuid4, unique=True, editable=False)  # the form's one-use number

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
                condition=Q(kind="signing", secret_hash="", secret_check="", public_id__startswith="ed25519:")
                | (Q(kind="bearer") & ~Q(secret_hash="") & ~Q(secret_check="")),
                name="only_bearer_tokens_have_a_hash",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__lte=F("expiry_set_at") + LONGEST_LIFE), name="a_key_lives_at_most_365_days"
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


class EventKind(models.TextChoices):
    CREATED = "created"
    EDITED = "edited"
    PAUSED = "paused"
    RESUMED = "resumed"
    REGENERATED = "regenerated"
    REVOKED = "revoked", "deleted"
    EXPOSED = "exposed"
    ALARMED = "alarmed", "used from elsewhere"  # with the right secret, from an address that is not allowed
    REVIEWED = "reviewed"
    SNOOZED = "snoozed", "finding snoozed"
    ACCEPTED = "accepted", "finding accepted"
    REOPENED = "reopened", "finding re-opened"


class AppendOnly(models.QuerySet[Any]):
    """Rows that are written once. Nothing of them ever changes but what `coarsen` takes from them."""

    def coarsen(self, address: str) -> int:
        """Keep of an address, wherever it stands, its network: no other change can be made in this way."""
        return super(AppendOnly, self.filter(address=address)).update(address=coarse_address(address))

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


class UsedSignature(models.Model):
    """A signature that has done its work. Kept until its timestamp could no longer be fresh."""

    signature = models.CharField(max_length=86, primary_key=True)  # one spelling: url-safe base64, unpadded
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.signature[:8]


class Grain(models.IntegerChoices):
    """What a row of usage tells apart. Rows grow coarser as they age; see `roll_up`."""

    TEN_MINUTES = 0
    HOUR = 1
    DAY = 2
    NETWORK_DAY = 3, "day, by network"  # addresses as /24 or /48, programs without their version


class KeyUsage(models.Model):
    """Calls of one key in ten minutes, later in an hour or a day, by who called and how it ended."""

    key = models.ForeignKey(ApiKey, on_delete=models.PROTECT, related_name="usage")
    starts_at = models.DateTimeField()
    address = models.CharField(max_length=45, blank=True)
    client = models.CharField(max_length=64, blank=True)
    need = models.CharField(max_length=8)  # what the view asked for: a permission, or any_key
    outcome = models.CharField(max_length=32)  # accepted, or the reason of the refusal
    calls = models.PositiveBigIntegerField()
    grain = models.PositiveSmallIntegerField(choices=Grain.choices, db_default=Grain.TEN_MINUTES)

    class Meta:
        verbose_name_plural = "key usage"
        ordering = ["-starts_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["key", "starts_at", "address", "client", "need", "outcome"], name="one_row_per_bucket"
            ),
        ]
        indexes = [models.Index(fields=["grain", "starts_at"], name="usage_to_roll_up")]

    def __str__(self) -> str:
        return f"{self.key}: {self.calls} {self.outcome}"


class Decision(models.Model):
    """What a trader decided about a finding of a key: snoozed until a date, or accepted with a reason.

    It holds as long as the finding rests on nothing new: `marks` are what it rested on.
    """

    key = models.ForeignKey(ApiKey, on_delete=models.PROTECT, related_name="decisions")
    code = models.CharField(max_length=24)  # the finding's
    until = models.DateTimeField(null=True, blank=True)  # empty: accepted, for as long as nothing changes
    reason = models.CharField(max_length=300, blank=True)
    marks = models.JSONField(default=list)
    decided_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "code"], name="one_decision_per_finding"),
            models.CheckConstraint(
                condition=Q(until__isnull=False) | ~Q(reason=""), name="what_is_accepted_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.code}"
