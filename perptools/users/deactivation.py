"""Deactivating a user pauses their keys and ends their sessions. Activating the user again brings neither back."""

from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.db import transaction

from apikeys.audit.log import Actor
from apikeys.keys import pausing
from apikeys.models import Account

PAUSED_BECAUSE = "The account was deactivated. Resume this key if it should work again."


@transaction.atomic
def take_access_away(user: User, *, by: Actor) -> None:
    """Pause every key of a user and end every session. Doing it twice changes nothing."""
    for account in Account.objects.filter(user=user):
        pausing.pause_all(account, by=by, reason=PAUSED_BECAUSE)
    for session in UserSession.objects.filter(user=user):
        session.end()


def follow(instance: User, raw: bool = False, update_fields: Any = None, **kwargs: Any) -> None:
    """Receive `post_save`: whatever saves a user as inactive takes the access away, in the same transaction."""
    if not raw and not instance.is_active and (update_fields is None or "is_active" in update_fields):
        take_access_away(instance, by=Actor())
