"""What allauth must know of this house: where a call comes from behind trusted proxies, who may confirm an address."""

import secrets
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core import context as allauth_context
from django.contrib.auth.models import User
from django.contrib.sites.shortcuts import get_current_site
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from apikeys.notifications import background
from perptools.users import device_cookies

UNKNOWN_ADDRESS = "::"  # it must be an address: sessions are noted with it


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def get_client_ip(self, request: HttpRequest) -> str:
        """Say where a request comes from: what sessions are noted with, and what allauth counts tries by.

        Strangers whose address is unknown are not counted together: ten wrong sign-ins would lock out everybody else.
        Each account's own limit still counts theirs.
        """
        if request.client_ip:  # type: ignore[attr-defined]
            return str(request.client_ip)  # type: ignore[attr-defined]
        return UNKNOWN_ADDRESS if request.user.is_authenticated else f"unknown-{secrets.token_hex(8)}"

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Name the account whose failed sign-ins are counted. Those of browsers that it knows are counted apart."""
        if fingerprint := device_cookies.known_fingerprint(request, credentials.get("email", "")):
            return f"known browsers of {fingerprint}"
        return str(super()._get_login_attempts_cache_key(request, **credentials))

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **kwargs)
        device_cookies.remember(request, response, user)
        return response

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("settings:keys_still_work")

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Confirm an address in a browser that is signed in to its account.

        The link alone would let the owner of an address confirm, by mistake, what a stranger signed up with it.
        """
        return bool(request.user.pk == email_address.user_id and super().confirm_email(request, email_address))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write a mail now, and send it in a moment: how long the mail server takes is nobody's to wait for."""
        request = allauth_context.request
        facts = {"request": request, "email": email, "current_site": get_current_site(request), **context}
        background.soon(self.render_mail(template_prefix, email, facts).send)
