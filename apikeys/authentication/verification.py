"""Check that a client holds the key. Every wrong credential gets the same answer after the same work."""

from enum import IntEnum

from django.views.decorators.debug import sensitive_variables

from apikeys.authentication.headers import Credential, SignedRequest
from apikeys.authentication.token_cache import Busy, verified_tokens
from apikeys.crypto import credentials, request_signing
from apikeys.crypto.credentials import PresentedToken
from apikeys.crypto.request_signing import Malformed
from apikeys.http.call import Call
from apikeys.http.errors import BusyVerifying
from apikeys.http.request import AdmittedKey
from apikeys.models import Kind


class Verdict(IntEnum):
    WRONG = 0
    RIGHT = 1
    RIGHT_BUT_SLOW = 2  # Argon2 took so long that the key's row may have changed meanwhile


@sensitive_variables()
def verify(call: Call, credential: Credential, key: AdmittedKey | None) -> Verdict:
    """Return whether a credential is right. WRONG covers unknown keys, other kinds and accounts, and wrong secrets."""
    if isinstance(credential, SignedRequest):
        return Verdict.RIGHT if verify_signature(call, key, credential) else Verdict.WRONG
    return verify_token(key, credential)


def verify_signature(call: Call, key: AdmittedKey | None, signed: SignedRequest) -> bool:
    # An unknown key costs the same work as a wrong signature, including the wait for the body. Otherwise the time of
    # the answer would tell which keys exist.
    try:
        texts = request_signing.signed_texts(signed.timestamp, call.method, signed.target, call.read_body())
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
def verify_token(key: AdmittedKey | None, token: PresentedToken) -> Verdict:
    stored = key.secret_prefix_digest if key and key.kind == Kind.BEARER else _NO_CHECK
    if not credentials.check_matches(token.secret, stored) or key is None:
        return Verdict.WRONG
    if verified_tokens.knows(token.secret, key.secret_hash):
        return Verdict.RIGHT
    try:
        return Verdict.RIGHT_BUT_SLOW if verified_tokens.verify(token.secret, key.secret_hash) else Verdict.WRONG
    except Busy:
        raise BusyVerifying(headers={"Retry-After": "1"}) from None


_NOBODY = bytes.fromhex("5866666666666666666666666666666666666666666666666666666666666666")  # the curve's base point
_NO_CHECK = "-" * 8
