import logging
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import OperationalError, close_old_connections
from django.utils import timezone

from apikeys.notifications import delivery, digest, expiry_reminders

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = (
        "Notify traders about keys that expire soon, send the mails that are due and, once a day (UTC), the digest. "
        "Run it every hour or so. Running it twice, even at once, sends nothing twice."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--every",
            type=int,
            metavar="SECONDS",
            help="repeat after this many seconds, instead of running once from cron",
        )

    def handle(self, *, every: int | None, **options: Any) -> None:
        if every is None:
            self.send()
            return
        while True:  # until a signal ends it; the next run sends what this one had claimed
            try:
                self.send()
            except OperationalError as problem:
                logger.warning("Notifications wait for the database: %s", problem)
            close_old_connections()
            time.sleep(every)

    def send(self) -> None:
        now = timezone.now()
        self.stdout.write(f"New expiry reminders: {expiry_reminders.find(now)}.")
        self.stdout.write(f"Mails sent: {delivery.deliver_all()}. Daily digests sent: {digest.send_all(now)}.")
