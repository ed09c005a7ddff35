"""Requests for pages as no browser sends them, and that would fail further on: the odd part is dropped."""

from collections.abc import Callable
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse

CURRENT_URL = "HTTP_HX_CURRENT_URL"


class OddRequestMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Written as \000 in a quoted cookie: PostgreSQL cannot even look for a session of that name.
        if "\0" in request.COOKIES.get(settings.SESSION_COOKIE_NAME, ""):
            del request.COOKIES[settings.SESSION_COOKIE_NAME]
        if not is_url(request.META.get(CURRENT_URL, "")):
            del request.META[CURRENT_URL]
        return self.get_response(request)


def is_url(text: str) -> bool:
    """Tell whether a URL can be taken apart, as it is and unescaped: htmx may send it either way."""
    try:
        return bool(urlsplit(text) and urlsplit(unquote(text)))
    except ValueError:
        return False
