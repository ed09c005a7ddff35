"""allauth's adapter: client IPs behind trusted proxies, limits for known browsers, confirming an e-mail address."""

import secrets
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core import context as allauth_context
from django.contrib.auth.models import User
from django.contrib.sites.shortcuts import get_current_site
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from apikeys import reauthentication
from apikeys.notifications import background
from perptools.users import device_cookies

UNKNOWN_ADDRESS = "::"  # sessions can only store a valid IP address


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the client's IP address, which sessions store and by which allauth counts attempts.

        Clients with an unknown IP address aren't counted together: ten wrong sign-ins would lock out all others. The
        limit of each account still applies to them.
        """
        if request.client_ip:  # type: ignore[attr-defined]
            return str(request.client_ip)  # type: ignore[attr-defined]
        return UNKNOWN_ADDRESS if request.user.is_authenticated else f"unknown-{secrets.token_hex(8)}"

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Return the key of an account's failed sign-ins. Browsers that the account knows have their own count."""
        if fingerprint := device_cookies.known_fingerprint(request, credentials.get("email", "")):
            return f"known browsers of {fingerprint}"
        return str(super()._get_login_attempts_cache_key(request, **credentials))

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        if kwargs["signup"]:
            reauthentication.remember_sign_up(request, user)
        response: HttpResponse = super().post_login(request, user, **kwargs)
        device_cookies.remember(request, response, user)
        return response

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("settings:keys_still_work")

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Confirm an e-mail address, but only in a browser that is signed in to its account.

        By the link alone, the owner of an address could confirm by mistake what a stranger signed up with it.
        """
        return bool(request.user.pk == email_address.user_id and super().confirm_email(request, email_address))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write the mail now, and send it in the background: nobody waits for the mail server."""
        request = allauth_context.request
        facts = {"request": request, "email": email, "current_site": get_current_site(request), **context}
        background.soon(self.render_mail(template_prefix, email, facts).send)
