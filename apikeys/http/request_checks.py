"""Checks of any request, to a page or to the API, before its content is read."""

from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port, validate_host


def names_this_server(request: HttpRequest) -> bool:
    """Return whether the Host header is missing or allowed. Links in answers and emails contain it."""
    host = request.META.get("HTTP_HOST")
    return host is None or _is_allowed(host, tuple(settings.ALLOWED_HOSTS))


@lru_cache(maxsize=256)
def _is_allowed(host: str, allowed: tuple[str, ...]) -> bool:
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, allowed)


def is_too_large(content_length: str) -> bool:
    """Return whether a Content-Length is no number, or larger than we accept."""
    length = content_length or "0"
    is_number = length.isascii() and length.isdigit() and len(length) <= 12
    return not is_number or int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE
