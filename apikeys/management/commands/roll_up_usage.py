from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from apikeys import roll_up


class Command(BaseCommand):
    help = (
        "Make usage coarser as it ages (ten minutes, hours, days; after 30 days without exact addresses) and remove "
        "what is older than 400 days. Run it once a day or more often; running it twice changes nothing."
    )

    def handle(self, **options: Any) -> None:
        count = roll_up.roll_up(timezone.now())
        self.stdout.write(f"{count} rows of usage rolled up or removed.")
