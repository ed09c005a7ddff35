from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from perptools import backups


class Command(BaseCommand):
    help = "Put a backup in the SQLite database's place, with every key paused. Refuses while anybody has it open."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="a file that backup made")
        parser.add_argument(
            "--keep-keys-running",
            action="store_true",
            help="do not pause the keys: those that were deleted after the backup work again",
        )

    def handle(self, *, file: Path, keep_keys_running: bool, **options: Any) -> None:
        try:
            aside = backups.restore(file)
        except backups.Refused as refusal:
            raise CommandError(str(refusal)) from None
        call_command("migrate", verbosity=0)
        paused = 0 if keep_keys_running else backups.pause_all_keys()
        self.stdout.write(f"{file} is in place. {paused} keys were paused. What was there before: {aside}")
