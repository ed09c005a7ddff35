"""What is asked of any request, for a page or under /v1/, before anything of it is read."""

from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port, validate_host


def names_this_server(request: HttpRequest) -> bool:
    """Tell whether the Host header, where there is one, names an allowed host. Links in answers and mails have it."""
    host = request.META.get("HTTP_HOST")
    return host is None or _is_allowed(host, tuple(settings.ALLOWED_HOSTS))


@lru_cache(maxsize=256)
def _is_allowed(host: str, allowed: tuple[str, ...]) -> bool:
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, allowed)


def is_too_large(content_length: str) -> bool:
    """Tell by its Content-Length alone whether a body is longer than we read, or has no length that is a number."""
    length = content_length or "0"
    is_number = length.isascii() and length.isdigit() and len(length) <= 12
    return not is_number or int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE
