from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from apikeys import retention
from apikeys.usage import request_log, rollup


class Command(BaseCommand):
    help = (
        "Roll up usage as it ages (ten minutes, hours, days), and delete it after 400 days. Delete the log of requests "
        "after 24 hours. Anonymize clients' IP addresses after 30 days, in usage, events and notifications. Run it "
        "once a day or more often. Running it twice changes nothing."
    )

    def handle(self, **options: Any) -> None:
        now = timezone.now()
        moved, anonymized = rollup.roll_up(now), retention.anonymize(now)
        request_log.trim([], now)
        self.stdout.write(f"Usage rows rolled up or deleted: {moved}. Other rows anonymized: {anonymized}.")
