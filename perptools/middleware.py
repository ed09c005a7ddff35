"""What happens to every request for a page, and to its answer.

`SanitizeRequestMiddleware` rejects what was meant for another server or is too large, and drops what no browser sends
and what would fail further on. `TimeZoneMiddleware` writes times in the trader's time zone, as the browser said it in a
cookie. `PrivatePagesMiddleware` keeps pages about a person's sign-in out of every cache: some show recovery codes, or
the secret of a second factor.
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
        request.get_host()  # raises what Django answers with 400, and logs
        if is_too_large(request.META.get("CONTENT_LENGTH", "")):
            message = f"The request is too large: at most {settings.DATA_UPLOAD_MAX_MEMORY_SIZE:,} bytes."
            return HttpResponse(message, "text/plain", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
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


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones())


class TimeZoneMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        name = request.COOKIES.get(COOKIE, "")
        if name not in _known():  # the name becomes a file's: only known ones
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
