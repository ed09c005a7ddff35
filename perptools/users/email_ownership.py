"""Whose an e-mail address is: of whom it is the first, or who confirmed it.

One that was only added to an account, and never confirmed, counts for nobody: it may be a slip, and it may be somebody
who would keep the address's owner from signing up.

Anybody can sign up with somebody else's address. Its first proof is a new password, set by a link that was mailed to
it. Whoever proves it is the account's owner, and nothing that was made before may go on working behind their back: not
a session (the new password ends them), not another address, to which a link could be mailed, and no key. A second
factor cannot be there: allauth lets nobody set one up before.
"""

from allauth.account.forms import SignupForm
from allauth.account.models import EmailAddress
from allauth.account.utils import filter_users_by_email
from django.contrib.auth.models import User

from apikeys.audit.log import Actor
from apikeys.keys import pausing
from apikeys.models import ApiKey

PAUSED_BECAUSE = (
    "The password was reset by a link to an address that was never confirmed before. "
    "Somebody else may have made this key: resume it only if you know it."
)


def owns(user: User, email: str) -> bool:
    email = email.lower()
    return email == user.email.lower() or EmailAddress.objects.filter(user=user, email=email, verified=True).exists()


class SignUpForm(SignupForm):  # type: ignore[misc]
    def validate_unique_email(self, value: str) -> str:
        if any(owns(user, value) for user in filter_users_by_email(value)):
            return str(super().validate_unique_email(value))
        self.account_already_exists = False
        return value


def hand_over(address: EmailAddress) -> list[ApiKey]:
    """Give an account to whoever proved its address. Returns the keys that are paused by it."""
    EmailAddress.objects.filter(user=address.user).exclude(pk=address.pk).delete()
    address.set_verified()
    address.set_as_primary()
    return pausing.pause_all(address.user.account, by=Actor(), reason=PAUSED_BECAUSE)
