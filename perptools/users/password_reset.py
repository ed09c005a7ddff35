"""The mailed link that sets a new password. It proves the e-mail address that it was mailed to, and no other."""

from functools import cached_property
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import (
    EmailAwarePasswordResetTokenGenerator,
    ResetPasswordForm,
    ResetPasswordKeyForm,
    UserTokenForm,
)
from allauth.account.models import EmailAddress
from allauth.core import context
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from perptools.users import email_ownership
from perptools.users.email_ownership import owns

KEYS_PAUSED = "keys_paused"  # in the session: the number of paused keys, for the page that confirms the new password


class Tokens(EmailAwarePasswordResetTokenGenerator):  # type: ignore[misc]
    """Tokens for one e-mail address."""

    def __init__(self, email: str) -> None:
        super().__init__()
        self.email = email.lower()

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        return f"{super()._make_hash_value(user, timestamp)} {self.email}"


class TokensToAnyAddress:
    def check_token(self, user: User, token: str) -> bool:
        return proven_by(token, user) is not None


def proven_by(token: str, user: User) -> EmailAddress | None:
    """Return the e-mail address that a token was mailed to. None if the token is invalid or has expired."""
    addresses = EmailAddress.objects.filter(user=user)
    return next((address for address in addresses if Tokens(address.email).check_token(user, token)), None)


class AskForLinkForm(ResetPasswordForm):  # type: ignore[misc]
    users: list[User]

    def clean_email(self) -> str:
        email: str = super().clean_email()
        self.users = [user for user in self.users if owns(user, email)]
        return email

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        tokens = Tokens(self.cleaned_data["email"])
        email: str = super().save(request, **kwargs | {"token_generator": tokens})
        return email


class LinkForm(UserTokenForm):  # type: ignore[misc]
    token_generator = TokensToAnyAddress()


class NewPasswordForm(ResetPasswordKeyForm):  # type: ignore[misc]
    @cached_property
    def proven(self) -> EmailAddress | None:
        return proven_by(self.temp_key, self.user)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        if self.proven is None:  # the account changed after the link was opened
            raise get_adapter().validation_error("invalid_password_reset")
        return cleaned

    @sensitive_variables()
    def save(self) -> None:
        paused = []
        with transaction.atomic():
            super().save()
            if self.proven and not self.proven.verified:
                paused = email_ownership.hand_over(self.proven)
        context.request.session[KEYS_PAUSED] = len(paused)
