from typing import Any

from apikeys.management.commands import send_notifications


class Command(send_notifications.Command):
    help = "The old name of `send_notifications`, for one version."

    def handle(self, **options: Any) -> None:
        self.stderr.write("send_key_notices will be removed in the next version. Use send_notifications.")
        super().handle(**options)
