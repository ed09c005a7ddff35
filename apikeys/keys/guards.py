"""What must hold before a key is written: locks, a recent sign-in, a live key."""

from uuid import UUID

from django.contrib.auth.models import User

from apikeys.audit.log import Actor
from apikeys.keys.validation import refuse
from apikeys.models import Account, ApiKey


class RecentSignInRequired(Exception):
    """What is asked for makes or widens a key, and the actor has not signed in within 15 minutes with this password."""


class AlreadySubmitted(Exception):
    """The form was sent before. `key` is what the first sending made; its secret cannot be shown again."""

    def __init__(self, key: ApiKey) -> None:
        self.key = key
        super().__init__(f"{key.name} was already created.")


def lock_with_account(key: ApiKey) -> ApiKey:
    """Lock a key's account and then the key, as all do who need both, and read the key again. Needs a transaction."""
    lock_account(key.account)
    return lock(key)


def lock(key: ApiKey) -> ApiKey:
    # no_key: rows that refer to this one (orders, usage) may be written meanwhile, or the two would wait in a circle.
    return ApiKey.objects.select_for_update(of=("self",), no_key=True).select_related("account__user").get(pk=key.pk)


def lock_account(account: Account, submission: UUID | None = None) -> None:
    """Make this account's creations wait for each other, so that their limits and one-use numbers hold."""
    Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    if submission and (made := ApiKey.objects.filter(submission=submission, account=account).first()):
        raise AlreadySubmitted(made)


def require_recent_sign_in(by: Actor) -> None:
    if not by.recently_signed_in or not _password_stands(by.user):
        raise RecentSignInRequired


def _password_stands(user: User | None) -> bool:
    """Tell whether the password is still the one of the sign-in, now that locks are held.

    A request that came before a new password, and waited for the locks of what that set off, would undo it.
    """
    return user is None or User.objects.filter(pk=user.pk, password=user.password).exists()


def require_live(key: ApiKey) -> None:
    if key.revoked_at:
        refuse("__all__", "This key was deleted. Create a new one.")
