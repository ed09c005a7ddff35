"""Browsers that have signed in to an account before: nobody elsewhere can lock them out of it.

Failed sign-ins are limited by address and by account, and anybody with enough addresses can spend an account's limit.
A known browser has a limit by account of its own, and the same one by address. It carries a signed mark of the account,
which is made of the password's hash: another password, and the mark is worth nothing. It signs nobody in.
"""

from datetime import timedelta

from allauth.account.utils import filter_users_by_email
from django.conf import settings
from django.contrib.auth.models import User
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

KEPT = timedelta(days=400)  # browsers keep no cookie longer
MOST_ACCOUNTS = 5  # of one browser, those used last

_PURPOSE = "perptools.known_browsers"
_signer = TimestampSigner(salt=_PURPOSE)


def remember(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Make the browser that has just signed in a known one of this account."""
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
    """Find the mark of the account that signs in with this address. None where it does not know this browser."""
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
