"""Every user has an account from the moment the user exists."""

from typing import Any

from django.contrib.auth.models import User

from apikeys.models import Account


def open_account(instance: User, created: bool, raw: bool = False, **kwargs: Any) -> None:
    if created and not raw:
        Account.objects.create(user=instance)
