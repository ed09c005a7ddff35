"""Admit a call, or raise the refusal that names the failure. The checks, in their order, are in `admit`.

The key's row is read on every call and is the only authority: whatever was changed before a call started is in force
for it, in every process. An exception in here is a refusal too.
"""

import re
from datetime import UTC, datetime
from typing import NamedTuple

from apikeys.authentication import rate_limit
from apikeys.authentication.headers import SignedRequest, read_credentials
from apikeys.authentication.key_lookup import find_key
from apikeys.authentication.rate_limit import Budget, neighbourhood
from apikeys.authentication.replay_protection import REPEATABLE, use_signature
from apikeys.authentication.secret_verification import prove
from apikeys.crypto import request_signing
from apikeys.crypto.request_signing import RECEIVE_WINDOW_MS
from apikeys.http.errors import (
    AddressNotAllowed,
    ApiError,
    BodyTooLarge,
    KeyExpired,
    KeyPaused,
    KeyRevoked,
    LengthRequired,
    OwnerInactive,
    PermissionMissing,
    StaleTimestamp,
    Unauthorized,
)
from apikeys.http.request import AdmittedKey, ApiRequest
from apikeys.http.request_checks import is_too_large
from apikeys.http.responses import now_ms
from apikeys.models import AddressRule
from apikeys.network import client_ip, ip_allowlist
from apikeys.network.client_ip import Address
from apikeys.permissions import Need
from apikeys.usage import buckets
from apikeys.usage import recorder as usage_recorder

_WINDOW_MS = re.compile("[0-9]{1,6}", re.ASCII)
_LATE = "orderly-timestamp is further away from the server's clock than"


class Admission(NamedTuple):
    """A call that was admitted: by which key, from where, for what, and with which signature."""

    key: AdmittedKey
    caller: Address | None
    need: Need
    signed: SignedRequest | None
    budget: Budget | None = None


def admit(request: ApiRequest, need: Need) -> Admission:
    """Let a call through the checks, or raise the ApiError of the first that fails."""
    check_size(request)
    caller = request.caller
    try:
        credential = read_credentials(request)
        key = prove(request, credential)
    except Unauthorized:
        rate_limit.charge_failure(neighbourhood(caller))
        raise
    # From here on the caller has proved that it holds the key, and is told exactly why.
    signed = credential if isinstance(credential, SignedRequest) else None
    admission = Admission(key, caller, need, signed)
    try:
        if signed:
            check_fresh(request, signed)
        check_rules(admission, key)
        budget = rate_limit.charge_key(key.id)
    except ApiError as refusal:
        raise _counted(request, admission, refusal) from None
    return admission._replace(budget=budget) if budget else admission


def confirm(request: ApiRequest, admission: Admission) -> bytes | None:
    """Check a write once more, inside its own transaction: lock the key's row, and use up the signature.

    Returns the answer that the same cancel got before, where it was done; None for everything else.
    """
    try:
        key = find_key(admission.key.public_id, lock=True)
        if key is None:
            raise Unauthorized
        check_rules(admission, key)
        if admission.signed:
            return use_signature(admission.signed, repeatable=request.method in REPEATABLE)
    except ApiError as refusal:
        raise _counted(request, admission, refusal) from None
    return None


def count_accepted(request: ApiRequest, admission: Admission) -> None:
    _count(request, admission, buckets.ACCEPTED)


# -- Before the secret is proven ------------------------------------------------------------------------------------


def check_size(request: ApiRequest) -> None:
    if "HTTP_TRANSFER_ENCODING" in request.META:
        raise LengthRequired  # a chunked body reaches WSGI as nothing
    if is_too_large(request):
        raise BodyTooLarge


# -- After the secret is proven -------------------------------------------------------------------------------------


def check_fresh(request: ApiRequest, signed: SignedRequest) -> None:
    """Refuse a timestamp outside the window, which a client may narrow with `x-recv-window`."""
    now = now_ms()
    skew = request_signing.read_timestamp(signed.timestamp) - now
    window = _receive_window(request)
    if abs(skew) > window:
        message = None if window == RECEIVE_WINDOW_MS else f"{_LATE} the {window} ms that x-recv-window allows."
        raise StaleTimestamp(message, server_time=now, skew_ms=skew)


def _receive_window(request: ApiRequest) -> int:
    asked = request.META.get("HTTP_X_RECV_WINDOW", "")
    return min(int(asked), RECEIVE_WINDOW_MS) if _WINDOW_MS.fullmatch(asked) else RECEIVE_WINDOW_MS


def check_rules(admission: Admission, key: AdmittedKey) -> None:
    """Check what the row says about this call."""
    check_usable(key)
    check_network(key, admission.caller)
    check_permission(key, admission.need)


def check_usable(key: AdmittedKey) -> None:
    if not key.owner_is_active:
        raise OwnerInactive
    if key.revoked_at:
        raise KeyRevoked
    if key.paused_at:
        raise KeyPaused
    if datetime.now(UTC) >= key.expires_at:
        raise KeyExpired(expired_at=key.expires_at)


def check_network(key: AdmittedKey, caller: Address | None) -> None:
    if not is_allowed_from(key, caller):
        seen = str(caller) if caller else "unknown"
        raise AddressNotAllowed(f"This API key may not be used from {seen}.", address=seen)


def is_allowed_from(key: AdmittedKey, caller: Address | None) -> bool:
    if key.address_rule == AddressRule.ANY and not key.networks:
        return True
    return ip_allowlist.allows(key.networks, caller)


def check_permission(key: AdmittedKey, need: Need) -> None:
    if not key.is_granted(need):
        raise PermissionMissing(f"This API key lacks the permission “{need}”.", permission=need)


def _counted(request: ApiRequest, admission: Admission, refusal: ApiError) -> ApiError:
    _count(request, admission, _outcome(admission, refusal))
    refusal.headers.setdefault("X-Key-Expires", admission.key.expires_at.isoformat())
    return refusal


def _outcome(admission: Admission, refusal: ApiError) -> str:
    """Name what a request is counted as: its refusal, or that the key was used from elsewhere while it was stopped.

    The client is told that the key is paused or expired. The owner has to hear that somebody else has the secret.
    """
    stopped = isinstance(refusal, KeyPaused | KeyExpired)
    if stopped and not is_allowed_from(admission.key, admission.caller):
        return AddressNotAllowed.reason
    return refusal.reason


def _count(request: ApiRequest, admission: Admission, outcome: str) -> None:
    usage_recorder.count(
        admission.key.id,
        address=client_ip.written(admission.caller) if admission.caller else "",
        user_agent=request.META.get("HTTP_USER_AGENT", ""),
        need=admission.need,
        outcome=outcome,
    )
