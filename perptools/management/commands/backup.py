from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from perptools import backups, state_dir


class Command(BaseCommand):
    help = "Copy the SQLite database to a file, while the server goes on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, nargs="?", help="where to (default: a new file in STATE_DIR/backups)")

    def handle(self, *, file: Path | None, **options: Any) -> None:
        target = (
            file or state_dir.directory(settings.STATE_DIR / "backups") / f"{timezone.now():%Y%m%dT%H%M%SZ}.sqlite3"
        )
        try:
            backups.back_up(target)
        except backups.BackupError as rejection:
            raise CommandError(str(rejection)) from None
        self.stdout.write(f"{target}: {target.stat().st_size:,} bytes, checked.")
