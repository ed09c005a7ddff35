"""The trader's time zone, as the browser said it in a cookie. Times on pages are in it, and say so."""

from collections.abc import Callable
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

COOKIE = "zone"


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones())


class TraderZoneMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        name = request.COOKIES.get(COOKIE, "")
        if name not in _known():  # the name becomes a file's: only known ones
            return self.get_response(request)
        with timezone.override(ZoneInfo(name)):
            return self.get_response(request)
