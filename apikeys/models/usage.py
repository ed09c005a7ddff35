"""Usage of keys: counts of their requests."""

from django.db import models

from apikeys.models.keys import ApiKey


class Resolution(models.IntegerChoices):
    """How exact a row of usage is. Rows are rolled up as they age; see `usage.rollup`."""

    TEN_MINUTES = 0
    HOUR = 1
    DAY = 2
    NETWORK_DAY = 3, "day, by network"  # IP addresses as /24 or /48, programs without their version


class KeyUsage(models.Model):
    """The number of a key's requests in ten minutes, later in an hour or a day, by client and outcome."""

    key = models.ForeignKey(ApiKey, on_delete=models.PROTECT, related_name="usage")
    starts_at = models.DateTimeField()
    address = models.CharField(max_length=45, blank=True)
    client = models.CharField(max_length=64, blank=True)
    required = models.CharField(max_length=8, db_column="need")  # by the view: a permission, or any_key
    outcome = models.CharField(max_length=32)  # accepted, or the reason of the rejection
    calls = models.PositiveBigIntegerField()
    resolution = models.PositiveSmallIntegerField(
        choices=Resolution.choices, db_default=Resolution.TEN_MINUTES, db_column="grain"
    )

    class Meta:
        verbose_name_plural = "key usage"
        ordering = ["-starts_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["key", "starts_at", "address", "client", "required", "outcome"], name="one_row_per_bucket"
            ),
        ]
        indexes = [models.Index(fields=["resolution", "starts_at"], name="usage_to_roll_up")]

    def __str__(self) -> str:
        return f"{self.key}: {self.calls} {self.outcome}"
