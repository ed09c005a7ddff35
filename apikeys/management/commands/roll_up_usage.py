from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from apikeys import retention
from apikeys.usage import rollup


class Command(BaseCommand):
    help = (
        "Make usage coarser as it ages (ten minutes, hours, days), remove what is older than 400 days, and keep of "
        "callers' addresses older than 30 days only the networks, in usage, events and notices. Run it once a day or "
        "more often; running it twice changes nothing."
    )

    def handle(self, **options: Any) -> None:
        now = timezone.now()
        moved, coarsened = rollup.roll_up(now), retention.anonymize(now)
        self.stdout.write(f"{moved} rows of usage rolled up or removed, {coarsened} other addresses made coarser.")
