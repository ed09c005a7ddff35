"""The log of single requests, for the key's page."""

from django.db import models

from apikeys.models.keys import ApiKey


class LoggedRequest(models.Model):
    """One of a key's latest requests. It has no query string and no body."""

    key = models.ForeignKey(ApiKey, on_delete=models.PROTECT, related_name="logged_requests", db_index=False)
    at = models.DateTimeField(db_index=True)
    method = models.CharField(max_length=8)
    path = models.CharField(max_length=200)
    required = models.CharField(max_length=8)  # by the view: a permission, or any_key
    status = models.PositiveSmallIntegerField()  # of the HTTP response
    reason = models.CharField(max_length=32, blank=True)  # of the error; empty if the request succeeded
    address = models.CharField(max_length=45, blank=True)
    client = models.CharField(max_length=64, blank=True)
    duration_ms = models.PositiveIntegerField()
    request_id = models.CharField(max_length=32)
    left_out = models.PositiveIntegerField(default=0)  # the key's requests of the same batch that weren't logged

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["key", "-id"], name="requests_of_a_key")]

    def __str__(self) -> str:
        return f"{self.method} {self.path}: {self.status}"
