"""Signatures that were used."""

from datetime import datetime

from django.db import models, transaction

from apikeys.db.batching import not_locked


class UsedSignature(models.Model):
    """A signature that has done its work. Kept until its timestamp could no longer be fresh."""

    signature = models.CharField(max_length=86, primary_key=True)  # one spelling: url-safe base64, unpadded
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.signature[:8]


def forget_used_signatures(now: datetime) -> None:
    """Remove signatures whose timestamp can no longer be fresh."""
    with transaction.atomic():
        not_locked(UsedSignature.objects.filter(expires_at__lt=now)).delete()
