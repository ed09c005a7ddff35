"""Middleware for all pages.

`SanitizeRequestMiddleware` rejects requests that are for another server or too large, and drops headers and cookies
that no browser sends and that would cause errors later. `TimeZoneMiddleware` activates the trader's time zone, which
the browser sends in a cookie. `PrivatePagesMiddleware` keeps the sign-in pages out of all caches, because some show
recovery codes or the secret of a second factor.
"""

from collections.abc import Callable
from functools import cache
from http import HTTPStatus
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers

from apikeys.http.request_checks import is_too_large

CURRENT_URL = "HTTP_HX_CURRENT_URL"
COOKIE = "zone"


class SanitizeRequestMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.get_host()  # raises DisallowedHost, which Django logs and answers with 400
        if is_too_large(request.META.get("CONTENT_LENGTH", "")):
            message = f"The request is too large: at most {settings.DATA_UPLOAD_MAX_MEMORY_SIZE:,} bytes."
            return HttpResponse(message, "text/plain", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        # A quoted cookie can contain it as \000. PostgreSQL fails when it looks for a session with such a name.
        if "\0" in request.COOKIES.get(settings.SESSION_COOKIE_NAME, ""):
            del request.COOKIES[settings.SESSION_COOKIE_NAME]
        if not is_url(request.META.get(CURRENT_URL, "")):
            del request.META[CURRENT_URL]
        return self.get_response(request)


def is_url(text: str) -> bool:
    """Return whether a URL can be parsed, as it is and unescaped: htmx sends it either way."""
    try:
        return bool(urlsplit(text) and urlsplit(unquote(text)))
    except ValueError:
        return False


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones())


class TimeZoneMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        name = request.COOKIES.get(COOKIE, "")
        if name not in _known():  # the name becomes a file name, so only known ones are allowed
            return self.get_response(request)
        with timezone.override(ZoneInfo(name)):
            return self.get_response(request)


class PrivatePagesMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path_info.startswith("/account/"):
            add_never_cache_headers(response)
        return response
