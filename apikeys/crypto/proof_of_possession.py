"""Proof that a browser holds the secret of the key it made: a signature over this one form (no Django).

The text begins with words. What a call signs begins with 13 digits, so neither signature is ever good for the other.
"""

from uuid import UUID

from apikeys.crypto import credentials, request_signing

CONTEXT = "PERPTools: this browser made the key of this form."


def text(account_id: str, idempotency_key: UUID, public_key: str) -> bytes:
    """What is signed: bound to the account, to the form's idempotency key and to the key itself."""
    return "\n".join([CONTEXT, account_id, str(idempotency_key), public_key]).encode()


def proves(signature: str, account_id: str, idempotency_key: UUID, public_key: str) -> bool:
    """Tell whether the signature was made for this form with the secret of the public key."""
    decoded = credentials.decode_public_key(public_key)
    try:
        signed = request_signing.read_signature(signature)
    except request_signing.Malformed:
        return False
    return decoded is not None and request_signing.holds(
        decoded, signed, [text(account_id, idempotency_key, public_key)]
    )
