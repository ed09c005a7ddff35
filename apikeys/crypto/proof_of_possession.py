"""Proof that a browser has the secret of the key it generated: a signature for one form (no Django).

The signed text begins with words. The text of a signed request begins with 13 digits, so neither signature can be used
for the other.
"""

from uuid import UUID

from apikeys.crypto import credentials, request_signing

CONTEXT = "PERPTools: this browser made the key of this form."


def text(account_id: str, idempotency_key: UUID, public_key: str) -> bytes:
    """Return the text to sign, which names the account, the form's idempotency key and the public key."""
    return "\n".join([CONTEXT, account_id, str(idempotency_key), public_key]).encode()


def proves(signature: str, account_id: str, idempotency_key: UUID, public_key: str) -> bool:
    """Return whether the signature was made for this form with the secret of the public key."""
    decoded = credentials.decode_public_key(public_key)
    try:
        signed = request_signing.read_signature(signature)
    except request_signing.Malformed:
        return False
    return decoded is not None and request_signing.holds(
        decoded, signed, [text(account_id, idempotency_key, public_key)]
    )
