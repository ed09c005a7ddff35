"""Whose an e-mail address is: of whom it is the first, or who confirmed it.

One that was only added to an account, and never confirmed, counts for nobody: it may be a slip, and it may be somebody
who would keep the address's owner from signing up.
"""

from allauth.account.forms import SignupForm
from allauth.account.models import EmailAddress
from allauth.account.utils import filter_users_by_email
from django.contrib.auth.models import User


def owns(user: User, email: str) -> bool:
    email = email.lower()
    return email == user.email.lower() or EmailAddress.objects.filter(user=user, email=email, verified=True).exists()


class SignUpForm(SignupForm):  # type: ignore[misc]
    def validate_unique_email(self, value: str) -> str:
        if any(owns(user, value) for user in filter_users_by_email(value)):
            return str(super().validate_unique_email(value))
        self.account_already_exists = False
        return value
