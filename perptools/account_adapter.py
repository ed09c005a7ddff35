"""What allauth must know of this house: whose address a person calls from, behind proxies that are trusted."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def get_client_ip(self, request: HttpRequest) -> str:
        return str(request.caller or "unknown")  # type: ignore[attr-defined]
