"""Device cookies: nobody can lock an account's owner out of the browsers that they have used before.

Failed sign-ins are limited by IP address and by account, and someone with many IP addresses can use up an account's
limit. A known browser has a separate limit for the account, besides the limit of its IP address. Its cookie is a signed
fingerprint of the account, made from the password's hash, so a new password invalidates it. It signs nobody in.
"""

from datetime import timedelta

from allauth.account.utils import filter_users_by_email
from django.conf import settings
from django.contrib.auth.models import User
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

KEPT = timedelta(days=400)  # browsers keep no cookie longer
MOST_ACCOUNTS = 5  # of one browser, the most recent ones

_PURPOSE = "perptools.known_browsers"
_signer = TimestampSigner(salt=_PURPOSE)


def remember(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Remember the browser that has just signed in."""
    fingerprints = list(dict.fromkeys([_fingerprint(user), *_fingerprints(request)]))[:MOST_ACCOUNTS]
    response.set_cookie(
        settings.KNOWN_BROWSER_COOKIE_NAME,
        _signer.sign_object(fingerprints),
        max_age=KEPT,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Strict",
    )


def known_fingerprint(request: HttpRequest, email: str) -> str | None:
    """Return the fingerprint of the account with this e-mail address. None if it doesn't know this browser."""
    fingerprints = _fingerprints(request)
    users = filter_users_by_email(email, prefer_verified=True) if fingerprints else []
    return next((fingerprint for fingerprint in map(_fingerprint, users) if fingerprint in fingerprints), None)


def _fingerprint(user: User) -> str:
    return salted_hmac(_PURPOSE, f"{user.pk} {user.password}", algorithm="sha256").hexdigest()


def _fingerprints(request: HttpRequest) -> list[str]:
    try:
        fingerprints: list[str] = _signer.unsign_object(
            request.COOKIES.get(settings.KNOWN_BROWSER_COOKIE_NAME, ""), max_age=KEPT
        )
    except BadSignature:
        return []
    return fingerprints
