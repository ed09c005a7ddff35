"""Write the audit log: what happened to a key, and who did it."""

from dataclasses import dataclass

from django.contrib.auth.models import User

from apikeys.models import ApiKey, EventKind, KeyEvent


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does it. No user: the key itself, or the system."""

    user: User | None = None
    address: str = ""
    recently_signed_in: bool = False


def record(
    key: ApiKey, kind: EventKind, by: Actor, reason: str = "", changes: dict[str, list[object]] | None = None
) -> KeyEvent:
    return KeyEvent.objects.create(
        key=key, kind=kind, actor=by.user, address=by.address, reason=reason[:300], changes=changes or {}
    )
