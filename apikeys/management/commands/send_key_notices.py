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
        "Tell traders of keys that are about to expire, send the mails that are due, and once a day (UTC) the digest. "
        "Run it every hour or so; running it twice, or twice at once, sends nothing twice."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--every", type=int, metavar="SECONDS", help="go on, instead of once from cron")

    def handle(self, *, every: int | None, **options: Any) -> None:
        if every is None:
            self.send()
            return
        while True:  # until a signal ends it: what was claimed and not sent is sent by the next one
            try:
                self.send()
            except OperationalError as problem:
                logger.warning("Notices wait for the database: %s", problem)
            close_old_connections()
            time.sleep(every)

    def send(self) -> None:
        now = timezone.now()
        self.stdout.write(f"{expiry_reminders.find(now)} keys newly found about to expire, or expired.")
        self.stdout.write(f"{delivery.deliver_all()} mails sent at once, {digest.send_all(now)} daily digests.")
