"""An authenticator app."""

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.utils import timezone


def code(secret: str) -> str:
    shown: str = format_hotp_value(hotp_value(secret, int(timezone.now().timestamp()) // 30))
    return shown
