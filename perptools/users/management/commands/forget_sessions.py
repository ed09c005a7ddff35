from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone

from perptools.users import sessions


class Command(BaseCommand):
    help = "Remove sessions that have ended, and the addresses noted with them. Run it daily."

    def handle(self, **options: Any) -> None:
        call_command("clearsessions")
        self.stdout.write(f"Expired sessions deleted: {sessions.forget_old(timezone.now())}.")
