"""Used signatures, for replay protection."""

from datetime import datetime

from django.db import models, transaction

from apikeys.db.batching import not_locked


class UsedSignatureQuerySet(models.QuerySet["UsedSignature"]):
    def delete_expired(self, now: datetime) -> None:
        """Delete signatures whose timestamp has expired, except rows that another session has locked."""
        with transaction.atomic():
            not_locked(self.filter(expires_at__lt=now)).delete()


class UsedSignature(models.Model):
    """A signature that was used. It is kept until its timestamp expires."""

    signature = models.CharField(max_length=86, primary_key=True)  # one spelling: url-safe base64, unpadded
    expires_at = models.DateTimeField(db_index=True)
    answer = models.TextField(blank=True, db_default="")  # of a cancel that succeeded, in case the client repeats it

    objects = UsedSignatureQuerySet.as_manager()

    def __str__(self) -> str:
        return self.signature[:8]
