"""A key's rejected requests and its log of requests, as the key's page shows them: each rejection with its fix."""

from datetime import datetime
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from apikeys import guide
from apikeys.http.errors import AddressNotAllowed, KeyExpired, KeyPaused, PermissionMissing
from apikeys.models import ApiKey, LoggedRequest
from apikeys.network.ip_allowlist import allows_all
from apikeys.permissions import Access
from apikeys.usage import charts, request_log


class FixLink(NamedTuple):
    label: str
    url: str


def rejections(key: ApiKey, now: datetime) -> list[dict[str, Any]]:
    """Return what was rejected in the last 30 days, the latest first, with its fix."""
    return [
        {"rejection": found, "fix": fix_of(key, found.outcome, found.required, found.address, now)}
        for found in charts.rejections(key, now)
    ]


def logged(key: ApiKey, now: datetime, *, rejected: bool) -> list[dict[str, Any]]:
    return [_row(key, request, now) for request in request_log.latest(key, now, rejected=rejected)]


def _row(key: ApiKey, request: LoggedRequest, now: datetime) -> dict[str, Any]:
    return {
        "request": request,
        "time": f"{timezone.localtime(request.at):%-d %b, %H:%M:%S}",
        "sentence": _sentence(request),
        "fix": fix_of(key, request.reason, request.required, request.address, now),
    }


def _sentence(request: LoggedRequest) -> str:
    if not request.reason:
        return ""
    if request.reason in charts.SENTENCES:
        return charts.sentence(request.reason, request.required, request.address)
    return _messages().get(request.reason, "")


@cache
def _messages() -> dict[str, str]:
    return {error.reason: error.message for error in guide.every_error()}


def fix_of(key: ApiKey, reason: str, required: str, address: str, now: datetime) -> FixLink | None:
    """Return what would let such a request through now. None if there is nothing to do here, or it is done."""
    if key.revoked_at or key.replaced_at:
        return None
    if reason == AddressNotAllowed.reason and address and key.networks and not allows_all(key.networks, address):
        label = "Allow this network" if "/" in address else "Allow this IP"
        return _link(key, "edit", label, allow=address)
    if reason == PermissionMissing.reason and required != Access.ANY_KEY and required not in key.permissions:
        return _link(key, "edit", f"Add {required.title()}", grant=required)
    if reason == KeyPaused.reason and key.paused_at:
        return _link(key, "resume", "Resume the key")
    if reason == KeyExpired.reason and now >= key.expires_at:
        return _link(key, "edit", "Extend the key", extend="90")
    return None


def _link(key: ApiKey, verb: str, label: str, **query: str) -> FixLink:
    url = reverse(f"apikeys:key_{verb}", args=[key.pk])
    return FixLink(label, f"{url}?{urlencode(query)}" if query else url)
