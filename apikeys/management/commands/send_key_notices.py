from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from apikeys import digest, expiry, mails


class Command(BaseCommand):
    help = (
        "Tell traders of keys that are about to expire, send the mails that are due, and once a day (UTC) the digest. "
        "Run it every hour or so; running it twice, or twice at once, sends nothing twice."
    )

    def handle(self, **options: Any) -> None:
        now = timezone.now()
        self.stdout.write(f"{expiry.find(now)} keys newly found about to expire, or expired.")
        self.stdout.write(f"{mails.deliver_all()} mails sent at once, {digest.send_all(now)} daily digests.")
