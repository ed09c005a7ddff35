"""The trading accounts that keys belong to."""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


def random_account_id() -> str:
    """Create an Account ID for an account without a wallet, in the same form as Orderly's."""
    return "0x" + secrets.token_hex(32)


def random_uid() -> int:
    return 10_000_000 + secrets.randbelow(90_000_000)


class Account(models.Model):
    """The trading account that keys belong to: one per user."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="account")
    account_id = models.CharField("Account ID", max_length=66, unique=True, default=random_account_id)
    uid = models.PositiveBigIntegerField("UID", unique=True, default=random_uid)
    wallet = models.CharField(max_length=44, blank=True)  # the Account ID is derived from it; see `keys.accounts`
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(account_id__regex=r"^0x[0-9a-f]{64}$"), name="account_id_is_0x_64_hex"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id[:6]}...{self.account_id[-4:]}"
