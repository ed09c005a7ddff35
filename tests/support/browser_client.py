"""A trader's browser in process: without JavaScript, or sending requests like htmx."""

import re
from typing import Any
from uuid import uuid4

from allauth.account.internal.flows.login import record_authentication
from django.contrib.auth.models import User
from django.test import Client, RequestFactory

KEYS = "/portfolio/api-keys/"
SETTINGS = "/portfolio/settings/"
PASSWORD = "correct horse battery"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Mobile Safari/604.1"


def form(**changes: Any) -> dict[str, Any]:
    """Return a valid form for creating a key, with changes. None leaves a field out."""
    fields = {
        "name": "grid-bot-1",
        "purpose": "monitoring",
        "kind": "signing",
        "permissions": ["read"],
        "address_rule": "any",
        "networks": "",
        "expires_in": "90",
        "idempotency_key": str(uuid4()),
    }
    return {name: value for name, value in (fields | changes).items() if value is not None}


class TraderBrowser:
    def __init__(self, user: User | None = None, *, recently: bool = True) -> None:
        self.http = Client()
        if user:
            self.http.force_login(user)
            if recently:
                self.remember_sign_in(user)

    def remember_sign_in(self, user: User) -> None:
        request = RequestFactory().get("/")
        request.session = self.http.session
        record_authentication(request, user, method="password")
        request.session.save()

    def get(self, path: str = KEYS, **headers: str) -> Any:
        return self.http.get(path, headers=headers)

    def post(self, path: str, data: dict[str, Any] | None = None, **headers: str) -> Any:
        return self.http.post(path, data or {}, headers=headers)

    def htmx_get(self, path: str, target: str = "modal", page: str = KEYS) -> Any:
        return self.get(path, **_htmx(target, page))

    def htmx_post(self, path: str, data: dict[str, Any] | None = None, target: str = "modal", page: str = KEYS) -> Any:
        return self.post(path, data, **_htmx(target, page))


def _htmx(target: str, page: str) -> dict[str, str]:
    return {"HX-Request": "true", "HX-Target": target, "HX-Current-URL": f"http://testserver{page}"}


def text(response: Any) -> str:
    """Return a page's text, without tags and with single spaces."""
    content = re.sub(r"<(head|script|template).*?</\1>", " ", response.content.decode(), flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", content).split())


def signed_in(user: User, agent: str = FIREFOX, address: str = "203.0.113.9") -> Client:
    """Return a browser in which the trader has signed in through the form."""
    browser = Client(headers={"User-Agent": agent}, REMOTE_ADDR=address)
    browser.post("/account/login/", {"login": user.email, "password": PASSWORD})
    return browser


def is_signed_in(browser: Client) -> bool:
    return bool(browser.get(SETTINGS).status_code == 200)
