"""Reauthentication: did the user sign in, or give the password again, within the last 15 minutes?"""

import time

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.core import ratelimit
from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables


def is_recent(request: HttpRequest) -> bool:
    records = get_authentication_records(request, request.user)
    return bool(records) and time.time() - records[-1]["at"] < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


@sensitive_variables("password")
def check_password(request: HttpRequest, password: str) -> bool:
    """Check the password, and record the time. Returns False if it is wrong, or after too many attempts."""
    if not ratelimit.consume(request, action="reauthenticate", user=request.user):
        return False
    try:
        if not get_adapter().reauthenticate(request.user, password):
            return False
    except ValidationError:  # too many failed sign-ins from here, or for this account
        return False
    record_authentication(request, request.user, method="password", reauthenticated=True)
    return True


def remember_sign_up(request: HttpRequest, user: User) -> None:
    """Count a sign-up as a recent sign-in: the user has just chosen the password."""
    record_authentication(request, user, method="password")
