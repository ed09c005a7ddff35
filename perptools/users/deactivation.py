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
    """Pause all keys of a user and end all sessions. Doing it twice changes nothing."""
    for account in Account.objects.filter(user=user):
        pausing.pause_all(account, by=by, reason=PAUSED_BECAUSE)
    for session in UserSession.objects.filter(user=user):
        session.end()


def follow(instance: User, raw: bool = False, update_fields: Any = None, **kwargs: Any) -> None:
    """Receive `pre_save`, and remove access before a user is saved as inactive, or as active again.

    Activating does it, too, because an older version or a plain UPDATE, which sends no signal, may have deactivated the
    user, and someone may have been signing in at that moment.
    """
    if raw or instance.pk is None or (update_fields is not None and "is_active" not in update_fields):
        return
    if not instance.is_active or User.objects.filter(pk=instance.pk, is_active=False).exists():
        take_access_away(instance, by=Actor())
