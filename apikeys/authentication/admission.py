"""Admit a call, or raise the refusal that names the failure. The checks, in their order, are in `admit`.

The key's row is read on every call and is the only authority: whatever was changed before a call started is in force
for it, in every process. An exception in here is a refusal too.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.conf import settings

from apikeys import driver, exposure, networks, signing, throttling, usage
from apikeys.envelope import now_ms
from apikeys.errors import (
    AddressNotAllowed,
    ApiError,
    BodyTooLarge,
    InsecureTransport,
    KeyExpired,
    KeyPaused,
    KeyRevoked,
    LengthRequired,
    OwnerInactive,
    PermissionMissing,
    ReplayedRequest,
    StaleTimestamp,
    Unauthorized,
)
from apikeys.key_lookup import AdmittedKey, find_key
from apikeys.models import AddressRule
from apikeys.networks import Address
from apikeys.permissions import ApiRequest, Need
from apikeys.presented import SignedRequest, read_credentials
from apikeys.proof import prove
from apikeys.signing import RECEIVE_WINDOW_MS

LARGEST_BODY = 1_000_000  # bytes
SIGNATURE_KEPT = timedelta(milliseconds=RECEIVE_WINDOW_MS, minutes=1)


class Admission(NamedTuple):
    """A call that was admitted: by which key, from where, for what, and with which signature."""

    key: AdmittedKey
    caller: Address | None
    need: Need
    signed: SignedRequest | None


def admit(request: ApiRequest, need: Need) -> Admission:
    """Let a call through the checks, or raise the ApiError of the first that fails."""
    check_size(request)
    caller = request.caller
    try:
        credential = read_credentials(request)
        key = prove(request, credential)
    except Unauthorized:
        throttling.charge_failure(_neighbourhood(caller))
        raise
    # From here on the caller has proved that it holds the key, and is told exactly why.
    signed = credential if isinstance(credential, SignedRequest) else None
    admission = Admission(key, caller, need, signed)
    try:
        if signed:
            check_fresh(request, signed)
        check_rules(admission, key)
        throttling.charge_key(key.id)
    except ApiError as refusal:
        raise _counted(request, admission, refusal) from None
    return admission


def confirm(request: ApiRequest, admission: Admission) -> None:
    """Check a write once more, inside its own transaction: lock the key's row, and use up the signature."""
    try:
        key = find_key(admission.key.public_id, lock=True)
        if key is None:
            raise Unauthorized
        check_rules(admission, key)
        if admission.signed:
            use_signature(admission.signed)
    except ApiError as refusal:
        raise _counted(request, admission, refusal) from None


def count_accepted(request: ApiRequest, admission: Admission) -> None:
    _count(request, admission, usage.ACCEPTED)


def check_transport(request: ApiRequest) -> None:
    """Refuse plain http from outside, where https is spoken. A bearer token that came that way is exposed."""
    caller = request.caller
    if not settings.HTTPS or request.is_secure() or (caller is not None and caller.is_loopback):
        return
    exposure.expose_token_on_plain_http(request)
    raise InsecureTransport


# -- Before the secret is proven ------------------------------------------------------------------------------------


def check_size(request: ApiRequest) -> None:
    if "HTTP_TRANSFER_ENCODING" in request.META:
        raise LengthRequired  # a chunked body reaches WSGI as nothing
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isascii() or not length.isdigit() or len(length) > 12 or int(length) > LARGEST_BODY:
        raise BodyTooLarge


def _neighbourhood(caller: Address | None) -> str:
    """The address that failures are counted by. One IPv6 customer has a /64 to call from."""
    if caller is None:
        return "unknown"
    return str(caller) if caller.version == 4 else str(int(caller) >> 64)


# -- After the secret is proven -------------------------------------------------------------------------------------


def check_fresh(request: ApiRequest, signed: SignedRequest) -> None:
    """Refuse a timestamp outside the window, which a client may narrow with `x-recv-window`."""
    now = now_ms()
    skew = signing.read_timestamp(signed.timestamp) - now
    if abs(skew) > _receive_window(request):
        raise StaleTimestamp(server_time=now, skew_ms=skew)


def _receive_window(request: ApiRequest) -> int:
    asked = request.META.get("HTTP_X_RECV_WINDOW", "")
    return min(int(asked), RECEIVE_WINDOW_MS) if re.fullmatch("[0-9]{1,6}", asked, re.ASCII) else RECEIVE_WINDOW_MS


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
    if key.address_rule == AddressRule.ANY and not key.networks:
        return
    if not networks.allows(key.networks, caller):
        seen = str(caller) if caller else "unknown"
        raise AddressNotAllowed(f"This API key may not be used from {seen}.", address=seen)


def check_permission(key: AdmittedKey, need: Need) -> None:
    if not key.is_granted(need):
        raise PermissionMissing(f"This API key lacks the permission “{need}”.", permission=need)


def use_signature(signed: SignedRequest) -> None:
    """Record a signature under a unique constraint, in the transaction of its effect. Raises ReplayedRequest."""
    signed_at = datetime.fromtimestamp(int(signed.timestamp) / 1000, UTC)
    expires_at = driver.connection().ops.adapt_datetimefield_value(signed_at + SIGNATURE_KEPT)
    used = driver.run(_USE_SIGNATURE, [signing.write_signature(signed.signature), expires_at])
    if not used.rowcount:
        raise ReplayedRequest


_USE_SIGNATURE = (
    "INSERT INTO apikeys_usedsignature (signature, expires_at) VALUES (%s, %s) ON CONFLICT (signature) DO NOTHING"
)


def _counted(request: ApiRequest, admission: Admission, refusal: ApiError) -> ApiError:
    _count(request, admission, refusal.reason)
    refusal.headers.setdefault("X-Key-Expires", admission.key.expires_at.isoformat())
    return refusal


def _count(request: ApiRequest, admission: Admission, outcome: str) -> None:
    usage.count(
        admission.key.id,
        address=networks.written(admission.caller) if admission.caller else "",
        user_agent=request.META.get("HTTP_USER_AGENT", ""),
        need=admission.need,
        outcome=outcome,
    )
