"""Where a trader is signed in: recorded at most once a minute, and shown in words."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from apikeys.db.batching import not_locked
from perptools.users.adapter import UNKNOWN_ADDRESS

NOTED_EVERY = 60  # seconds

# The first match counts: most browsers contain several of these names.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


class SessionsMiddleware:
    """Record a session's last use, and sessions that weren't recorded at sign-in. API requests don't get here."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        key = request.session.session_key
        if key and request.user.is_authenticated:
            name = f"session-seen:{hashlib.sha256(key.encode()).hexdigest()}"
            if cache.add(name, 1, NOTED_EVERY):
                UserSession.objects.create_from_request(request)
        return self.get_response(request)


@dataclass(frozen=True, slots=True)
class Session:
    id: int
    device: str
    address: str
    since: datetime
    last_seen: datetime
    is_this: bool


def list_sessions(request: HttpRequest) -> list[Session]:
    """List the user's sessions: this one first, then the most recent ones."""
    found = [_in_words(session, request) for session in UserSession.objects.purge_and_list(request.user)]
    return sorted(found, key=lambda session: (session.is_this, session.last_seen), reverse=True)


def is_this(request: HttpRequest, session: UserSession) -> bool:
    return bool(session.session_key == request.session.session_key)


def forget_old(now: datetime) -> int:
    """Delete the records of sessions that must have expired, with their IP addresses."""
    oldest = now - timedelta(seconds=settings.SESSION_COOKIE_AGE + NOTED_EVERY)
    with transaction.atomic():
        count, _ = not_locked(UserSession.objects.filter(last_seen_at__lt=oldest)).delete()
    return int(count)


def _in_words(session: UserSession, request: HttpRequest) -> Session:
    return Session(
        session.pk,
        device_of(session.user_agent),
        "" if session.ip == UNKNOWN_ADDRESS else session.ip,
        session.created_at,
        session.last_seen_at,
        is_this(request, session),
    )


def device_of(user_agent: str) -> str:
    """Return a browser's name, such as `Firefox on Linux`, from a User-Agent, which anyone can fake."""
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "Unknown browser")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    return f"{browser} on {system}" if system else browser
