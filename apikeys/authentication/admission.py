"""Admit a request, or raise the error that says why not. `admit` lists all checks in their order.

The key's row is read on every request and is the only authority. A change that was saved before a request started
applies to it, in every process. Any other exception in here rejects the request, too.
"""

import re
from datetime import UTC, datetime
from typing import NamedTuple

from django.http import HttpResponse

from apikeys.authentication import headers, rate_limit
from apikeys.authentication.headers import SignedRequest
from apikeys.authentication.key_lookup import find_key
from apikeys.authentication.rate_limit import Budget
from apikeys.authentication.replay_protection import REPEATABLE, use_signature
from apikeys.authentication.verification import Verdict, verify
from apikeys.crypto import request_signing
from apikeys.crypto.request_signing import RECEIVE_WINDOW_MS
from apikeys.http.call import Call
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
from apikeys.http.request import AdmittedKey
from apikeys.http.request_checks import is_too_large
from apikeys.http.responses import Failure, now_ms
from apikeys.models import AddressRule
from apikeys.network import ip_allowlist
from apikeys.network.client_ip import ClientIP
from apikeys.permissions import RequiredAccess
from apikeys.usage import buckets, request_log
from apikeys.usage import recorder as usage_recorder

_WINDOW_MS = re.compile("[0-9]{1,6}", re.ASCII)
_LATE = "orderly-timestamp is further away from the server's clock than"


class Admission(NamedTuple):
    """An admitted request: its key, what its view requires, its signature, and what is left of the key's budget."""

    key: AdmittedKey
    required: RequiredAccess
    signed: SignedRequest | None
    budget: Budget | None = None


def admit(call: Call, required: RequiredAccess) -> Admission:
    """Check a request. Raises the ApiError of the first check that fails."""
    check_size(call)
    try:
        credential = headers.read(call)
        key = find_key(credential.public_id)
        verdict = verify(call, credential, key)
        if verdict is Verdict.RIGHT_BUT_SLOW:
            key = find_key(credential.public_id)
        if key is None or verdict is Verdict.WRONG:
            raise Unauthorized
    except Unauthorized:
        rate_limit.charge_failure(call.client_ip.bucket)
        raise
    # From here on the client has proved that it has the key, and learns exactly why it is rejected.
    admission = Admission(key, required, credential if isinstance(credential, SignedRequest) else None)
    try:
        check_fresh(call, admission.signed)
        check_usable(key)
        check_ip_address(key, call.client_ip)
        check_permission(key, required)
        budget = rate_limit.charge_key(key.id)
    except ApiError as error:
        raise _counted(call, admission, error) from None
    return admission._replace(budget=budget) if budget else admission


def recheck(call: Call, admission: Admission) -> bytes | None:
    """Check a write again, inside its transaction: lock the key's row, and mark the signature as used.

    Returns the earlier answer if this cancel was already done, and None otherwise.
    """
    try:
        key = find_key(admission.key.public_id, lock=True)
        if key is None:
            raise Unauthorized
        check_usable(key)
        check_ip_address(key, call.client_ip)
        check_permission(key, admission.required)
        if admission.signed:
            return use_signature(admission.signed, repeatable=call.method in REPEATABLE)
    except ApiError as error:
        raise _counted(call, admission, error) from None
    return None


def count_accepted(call: Call, admission: Admission, response: HttpResponse) -> None:
    """Count a request that the gate has let through, and log what its view has answered."""
    _count(call, admission, buckets.ACCEPTED)
    status = response.status_code
    reason = response.reason if status != 200 and isinstance(response, Failure) else ""
    request_log.record(admission.key.id, call, required=admission.required, status=status, reason=reason)


# -- Before the secret is proven ------------------------------------------------------------------------------------


def check_size(call: Call) -> None:
    if call.is_chunked:
        raise LengthRequired  # a chunked body reaches WSGI as nothing
    if is_too_large(call.content_length):
        raise BodyTooLarge


# -- After the secret is proven -------------------------------------------------------------------------------------


def check_fresh(call: Call, signed: SignedRequest | None) -> None:
    """Reject a timestamp outside the window, which a client may narrow with `x-recv-window`."""
    if signed is None:
        return
    now = now_ms()
    skew = request_signing.read_timestamp(signed.timestamp) - now
    window = _receive_window(call)
    if abs(skew) > window:
        message = None if window == RECEIVE_WINDOW_MS else f"{_LATE} the {window} ms that x-recv-window allows."
        raise StaleTimestamp(message, server_time=now, skew_ms=skew)


def _receive_window(call: Call) -> int:
    asked = call.recv_window
    return min(int(asked), RECEIVE_WINDOW_MS) if _WINDOW_MS.fullmatch(asked) else RECEIVE_WINDOW_MS


def check_usable(key: AdmittedKey) -> None:
    if not key.owner_is_active:
        raise OwnerInactive
    if key.revoked_at:
        raise KeyRevoked
    if key.paused_at:
        raise KeyPaused
    if datetime.now(UTC) >= key.expires_at:
        raise KeyExpired(expired_at=key.expires_at)


def check_ip_address(key: AdmittedKey, client_ip: ClientIP) -> None:
    if key.address_rule == AddressRule.ANY and not key.networks:
        return
    if not ip_allowlist.allows(key.networks, client_ip.address):
        seen = client_ip.text or "unknown"
        raise AddressNotAllowed(f"This API key can’t be used from {seen}.", address=seen)


def check_permission(key: AdmittedKey, required: RequiredAccess) -> None:
    if not key.is_granted(required):
        raise PermissionMissing(f"This API key lacks the permission “{required}”.", permission=required)


def _counted(call: Call, admission: Admission, error: ApiError) -> ApiError:
    outcome = _outcome(call, admission.key, error)
    _count(call, admission, outcome)
    request_log.record(admission.key.id, call, required=admission.required, status=error.status, reason=outcome)
    error.headers.setdefault("X-Key-Expires", admission.key.expires_at.isoformat())
    return error


def _outcome(call: Call, key: AdmittedKey, error: ApiError) -> str:
    """Return the outcome that a rejected request is counted with.

    The client is told that the key is paused or expired. If the IP address isn't allowed either, that is what counts,
    because the owner has to know that someone else has the secret.
    """
    if isinstance(error, KeyPaused | KeyExpired):
        try:
            check_ip_address(key, call.client_ip)
        except AddressNotAllowed as elsewhere:
            return elsewhere.reason
    return error.reason


def _count(call: Call, admission: Admission, outcome: str) -> None:
    usage_recorder.count(
        admission.key.id,
        address=call.client_ip.text,
        user_agent=call.user_agent,
        required=admission.required,
        outcome=outcome,
    )
