"""What a caller presents: exactly one credential, well-formed, or nothing that is worth a look."""

from functools import lru_cache
from typing import NamedTuple

from django.views.decorators.debug import sensitive_variables

from apikeys.crypto import credentials, request_signing
from apikeys.crypto.credentials import PresentedToken
from apikeys.crypto.request_signing import Malformed, Target
from apikeys.http.errors import InternalError, Unauthorized
from apikeys.http.request import ApiRequest

LONGEST_AUTHORIZATION = 200  # characters
# Looked up in META: to make `request.headers` of it costs more than all four.
SIGNING_HEADERS = ("HTTP_ORDERLY_ACCOUNT_ID", "HTTP_ORDERLY_KEY", "HTTP_ORDERLY_TIMESTAMP", "HTTP_ORDERLY_SIGNATURE")


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
def read_credentials(request: ApiRequest) -> Credential:
    """Read exactly one scheme, well-formed. Raises Unauthorized."""
    authorization = request.META.get("HTTP_AUTHORIZATION")
    signing_headers = [request.META.get(name) for name in SIGNING_HEADERS]
    if authorization is not None:
        if any(value is not None for value in signing_headers) or len(authorization) > LONGEST_AUTHORIZATION:
            raise Unauthorized
        return _read_bearer(authorization)
    if not all(signing_headers):
        raise Unauthorized
    return _read_signed(request, *map(str, signing_headers))


@sensitive_variables()
def _read_bearer(authorization: str) -> PresentedToken:
    scheme, _, text = authorization.partition(" ")
    token = credentials.read_token(text) if scheme.lower() == "bearer" else None
    if not token:
        raise Unauthorized
    return token


def _read_signed(request: ApiRequest, account_id: str, key: str, timestamp: str, signature: str) -> SignedRequest:
    identity = _identify(key)
    if identity is None:
        raise Unauthorized
    try:
        request_signing.read_timestamp(timestamp)
        decoded = request_signing.read_signature(signature)
        target = raw_target(request)
    except Malformed:
        raise Unauthorized from None
    return SignedRequest(*identity, account_id, timestamp, decoded, target)


@lru_cache(maxsize=4096)
def _identify(key: str) -> tuple[str, bytes] | None:
    """Read an `orderly-key` header: the key as it is stored, and its 32 bytes. Base58 is slow, so remembered."""
    public_key = credentials.decode_public_key(key)
    return (credentials.write_public_key(public_key), public_key) if public_key else None


def raw_target(request: ApiRequest) -> Target:
    """Read the request target as the client sent it, and make sure that the view is given the same one.

    gunicorn hands it over as RAW_URI; of a server that does not, no signature could be checked. Raises Malformed.
    """
    raw = request.META.get("RAW_URI")
    if raw is None:
        raise InternalError("This server does not hand over the raw request target (RAW_URI): signed requests fail.")
    target = Target.read(raw)
    if target.path != request.path_info or target.query != request.META.get("QUERY_STRING", ""):
        raise Malformed
    return target
