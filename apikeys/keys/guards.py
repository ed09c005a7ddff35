"""Requirements for changing a key: locks, a recent sign-in, a key that isn't deleted."""

from uuid import UUID

from django.contrib.auth.models import User

from apikeys.audit.log import Actor
from apikeys.keys.validation import KeySettings, grants_nothing_new, reject
from apikeys.models import Account, ApiKey


class RecentSignInRequired(Exception):
    """The change adds access, and the actor hasn't signed in within 15 minutes with the current password."""


class AlreadySubmitted(Exception):
    """The form was sent before. `key` is the key that it created; its secret can't be shown again."""

    def __init__(self, key: ApiKey) -> None:
        self.key = key
        super().__init__(f"{key.name} was already created.")


def lock_with_account(key: ApiKey) -> ApiKey:
    """Lock a key's account, then the key, and read the key again. Everyone who needs both locks them in this order."""
    lock_account(key.account)
    return lock(key)


def lock(key: ApiKey) -> ApiKey:
    # no_key: rows that refer to this one (orders, usage) can still be written, which avoids deadlocks.
    return ApiKey.objects.select_for_update(of=("self",), no_key=True).select_related("account__user").get(pk=key.pk)


def lock_account(account: Account, idempotency_key: UUID | None = None) -> None:
    """Let an account's keys be created one after the other, so that limits and idempotency keys hold."""
    Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    if idempotency_key and (made := ApiKey.objects.filter(idempotency_key=idempotency_key, account=account).first()):
        raise AlreadySubmitted(made)


def require_step_up(by: Actor, old: KeySettings | None, new: KeySettings | None) -> bool:
    """Require a recent sign-in where a key would be admitted with `new` and was not with `old`.

    Returns whether anything new is granted. Call it once the key is locked. Raises RecentSignInRequired.
    """
    if grants_nothing_new(old, new):
        return False
    if not by.recently_signed_in or not _sign_in_stands(by.user):
        raise RecentSignInRequired
    return True


def _sign_in_stands(user: User | None) -> bool:
    """Return whether the user is still active with the password of the sign-in, now that locks are held.

    A request may have started before a password reset or a deactivation paused the keys, and have waited for the same
    locks. It would undo the pause.
    """
    return user is None or User.objects.filter(pk=user.pk, password=user.password, is_active=True).exists()


def require_live(key: ApiKey) -> None:
    if key.revoked_at:
        reject("__all__", "This key was deleted. Create a new one.")
