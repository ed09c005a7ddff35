from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apikeys.notifications import delivery
from perptools import restoring
from perptools.backups import BackupError


class Command(BaseCommand):
    help = (
        "Put a backup in the SQLite database's place, with every key paused and every session ended. Refuses while "
        "anybody has the database open. For a database that its own tools have put back: --already-loaded."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, nargs="?", help="a file that backup made")
        parser.add_argument(
            "--keep-keys-running",
            action="store_true",
            help="pause only keys that could do less, or were paused, in the database that is replaced; "
            "where that cannot be read, none: then keys that were deleted after the backup work again",
        )
        parser.add_argument(
            "--already-loaded",
            action="store_true",
            help="pause every key and end every session of the database as it is, after pg_restore",
        )

    def handle(self, *, file: Path | None, keep_keys_running: bool, already_loaded: bool, **options: Any) -> None:
        if (file is None) is not already_loaded:
            raise CommandError("Name the backup, or say --already-loaded.")
        if already_loaded and keep_keys_running:
            raise CommandError("--already-loaded pauses every key: it cannot be used with --keep-keys-running.")
        try:
            if file is None:
                restoring.withdraw_loaded(self.stdout.write)
            else:
                restoring.restore(file, keep_keys_running=keep_keys_running, write=self.stdout.write)
        except BackupError as rejection:
            raise CommandError(str(rejection)) from None
        self.stdout.flush()
        self.stdout.write(f"Owners notified by mail: {delivery.deliver_all()}.")
