"""Accept each signature once. A repeated cancel gets its first answer again, because bots repeat them."""

from datetime import UTC, datetime, timedelta

from apikeys.authentication.headers import SignedRequest
from apikeys.crypto import request_signing
from apikeys.crypto.request_signing import RECEIVE_WINDOW_MS
from apikeys.db import driver
from apikeys.http.errors import ReplayedRequest
from apikeys.models import UsedSignature

SIGNATURE_KEPT = timedelta(milliseconds=RECEIVE_WINDOW_MS, minutes=1)
_USE_SIGNATURE = (
    "INSERT INTO apikeys_usedsignature (signature, expires_at) VALUES (%s, %s) ON CONFLICT (signature) DO NOTHING"
)


REPEATABLE = frozenset({"DELETE"})
_ANSWER = "UPDATE apikeys_usedsignature SET answer = %s WHERE signature = %s"


def use_signature(signed: SignedRequest, *, repeatable: bool) -> bytes | None:
    """Mark a signature as used, in the transaction of the write that it signs.

    Returns the earlier answer of a repeatable request, and None for a new signature. Raises ReplayedRequest.
    """
    signed_at = datetime.fromtimestamp(int(signed.timestamp) / 1000, UTC)
    expires_at = driver.connection().ops.adapt_datetimefield_value(signed_at + SIGNATURE_KEPT)
    used = driver.run(_USE_SIGNATURE, [request_signing.write_signature(signed.signature), expires_at])
    if used.rowcount:
        return None
    if repeatable and (answer := _answer_of(signed)):
        return answer
    raise ReplayedRequest


def remember_answer(signed: SignedRequest, answer: bytes) -> None:
    """Store the answer of a repeatable request, in the transaction of its write."""
    driver.run(_ANSWER, [answer.decode(), request_signing.write_signature(signed.signature)])


def _answer_of(signed: SignedRequest) -> bytes:
    used = UsedSignature.objects.filter(signature=request_signing.write_signature(signed.signature))
    return (used.values_list("answer", flat=True).first() or "").encode()
