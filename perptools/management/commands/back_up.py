from typing import Any

from perptools.management.commands import backup


class Command(backup.Command):
    help = "The old name of `backup`, for one version."

    def handle(self, **options: Any) -> None:
        self.stderr.write("back_up ends with the next version: use backup.")
        super().handle(**options)
