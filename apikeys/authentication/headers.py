"""Read the credential of a request: exactly one, and well-formed."""

from functools import lru_cache
from typing import NamedTuple

from django.views.decorators.debug import sensitive_variables

from apikeys.crypto import credentials, request_signing
from apikeys.crypto.credentials import PresentedToken
from apikeys.crypto.request_signing import Malformed, Target
from apikeys.http.call import Call
from apikeys.http.errors import InternalError, Unauthorized

LONGEST_AUTHORIZATION = 200  # characters
NOT_SIGNED = (None, None, None, None)


class SignedRequest(NamedTuple):
    """The four headers of a signing key, well-formed."""

    public_id: str
    public_key: bytes
    account_id: str
    timestamp: str
    signature: bytes
    target: Target


Credential = PresentedToken | SignedRequest


@sensitive_variables()
def read(call: Call) -> Credential:
    """Return the request's credential. Raises Unauthorized unless there is exactly one well-formed scheme."""
    if call.authorization is not None:
        if call.signing != NOT_SIGNED or len(call.authorization) > LONGEST_AUTHORIZATION:
            raise Unauthorized
        return _read_bearer(call.authorization)
    account_id, key, timestamp, signature = call.signing
    if not (account_id and key and timestamp and signature):
        raise Unauthorized
    return _read_signed(call, account_id, key, timestamp, signature)


@sensitive_variables()
def _read_bearer(authorization: str) -> PresentedToken:
    scheme, _, text = authorization.partition(" ")
    token = credentials.read_token(text) if scheme.lower() == "bearer" else None
    if not token:
        raise Unauthorized
    return token


def _read_signed(call: Call, account_id: str, key: str, timestamp: str, signature: str) -> SignedRequest:
    identity = _identify(key)
    if identity is None:
        raise Unauthorized
    try:
        request_signing.read_timestamp(timestamp)
        decoded = request_signing.read_signature(signature)
        target = raw_target(call)
    except Malformed:
        raise Unauthorized from None
    return SignedRequest(*identity, account_id, timestamp, decoded, target)


@lru_cache(maxsize=4096)
def _identify(key: str) -> tuple[str, bytes] | None:
    """Read an `orderly-key` header: the stored form of the key, and its 32 bytes. Cached, because base58 is slow."""
    public_key = credentials.decode_public_key(key)
    return (credentials.write_public_key(public_key), public_key) if public_key else None


def raw_target(call: Call) -> Target:
    """Return the request target as the client sent it. Raises Malformed if the view would see another one.

    gunicorn passes it on. Without it no signature can be checked.
    """
    if call.target is None:
        raise InternalError("This server does not hand over the raw request target (RAW_URI): signed requests fail.")
    target = Target.read(call.target)
    if target.path != call.path or target.query != call.query:
        raise Malformed
    return target
