"""Who owns an e-mail address: the account that signed up with it, or the one that confirmed it.

An address that was only added to an account, and never confirmed, counts for nobody. It may be a typo, or an attempt to
keep its owner from signing up.

Anyone can sign up with someone else's address. Its first proof is a new password that is set by a mailed link. Whoever
has that proof owns the account, and nothing that was created before may go on working behind their back: no session
(the new password ends them), no other address to which a link could be mailed, and no key. There can't be a second
factor, because allauth requires a confirmed address for one.
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
    "Someone else may have created this key. Resume it only if you recognise it."
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
    """Hand over an account to the person who proved its address. Returns the keys that this paused."""
    EmailAddress.objects.filter(user=address.user).exclude(pk=address.pk).delete()
    address.set_verified()
    address.set_as_primary()
    return pausing.pause_all(address.user.account, by=Actor(), reason=PAUSED_BECAUSE)
