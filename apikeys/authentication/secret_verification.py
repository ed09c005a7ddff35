"""Does the caller hold the key? Unknown, wrong account, wrong secret: one answer, after the same work."""

from django.views.decorators.debug import sensitive_variables

from apikeys.authentication.headers import Credential, SignedRequest
from apikeys.authentication.key_lookup import find_key
from apikeys.authentication.token_cache import Busy, verified_tokens
from apikeys.crypto import credentials, request_signing
from apikeys.crypto.credentials import PresentedToken
from apikeys.crypto.request_signing import Malformed
from apikeys.http.errors import BusyVerifying, Unauthorized
from apikeys.http.request import AdmittedKey, ApiRequest
from apikeys.models import Kind


@sensitive_variables()
def prove(request: ApiRequest, credential: Credential) -> AdmittedKey:
    """Find the key and check its secret. Unknown, wrong kind, wrong account, wrong secret: all one refusal."""
    key = find_key(credential.public_id)
    if isinstance(credential, SignedRequest):
        proven = check_signature(request, key, credential)
    else:
        proven, key = check_token(key, credential)
    if key is None or not proven:
        raise Unauthorized
    return key


def check_signature(request: ApiRequest, key: AdmittedKey | None, signed: SignedRequest) -> bool:
    # Nobody's key is refused after the same work, the wait for the body included: who sends it late, or a long one,
    # would learn which keys exist.
    try:
        texts = request_signing.signed_texts(signed.timestamp, request.method or "", signed.target, request.body)
    except Malformed:
        return False
    if key is None or key.kind != Kind.SIGNING:
        request_signing.holds(_NOBODY, signed.signature, texts)
        return False
    return (
        request_signing.holds(signed.public_key, signed.signature, texts)
        and key.account_id == signed.account_id.lower()
    )


@sensitive_variables()
def check_token(key: AdmittedKey | None, token: PresentedToken) -> tuple[bool, AdmittedKey | None]:
    """Check a bearer token. After a slow first verification the row is read again: it may have changed meanwhile."""
    stored = key.secret_check if key and key.kind == Kind.BEARER else _NO_CHECK
    if not credentials.check_matches(token.secret, stored) or key is None:
        return False, None
    if verified_tokens.knows(token.secret, key.secret_hash):
        return True, key
    try:
        return verified_tokens.verify(token.secret, key.secret_hash), find_key(token.public_id)
    except Busy:
        raise BusyVerifying(headers={"Retry-After": "1"}) from None


_NOBODY = bytes.fromhex("5866666666666666666666666666666666666666666666666666666666666666")  # the curve's base point
_NO_CHECK = "-" * 8
