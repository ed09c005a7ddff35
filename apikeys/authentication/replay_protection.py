"""Each signature does its work once."""

from datetime import UTC, datetime, timedelta

from apikeys.authentication.headers import SignedRequest
from apikeys.crypto import request_signing
from apikeys.crypto.request_signing import RECEIVE_WINDOW_MS
from apikeys.db import driver
from apikeys.http.errors import ReplayedRequest

SIGNATURE_KEPT = timedelta(milliseconds=RECEIVE_WINDOW_MS, minutes=1)
_USE_SIGNATURE = (
    "INSERT INTO apikeys_usedsignature (signature, expires_at) VALUES (%s, %s) ON CONFLICT (signature) DO NOTHING"
)


def use_signature(signed: SignedRequest) -> None:
    """Record a signature under a unique constraint, in the transaction of its effect. Raises ReplayedRequest."""
    signed_at = datetime.fromtimestamp(int(signed.timestamp) / 1000, UTC)
    expires_at = driver.connection().ops.adapt_datetimefield_value(signed_at + SIGNATURE_KEPT)
    used = driver.run(_USE_SIGNATURE, [request_signing.write_signature(signed.signature), expires_at])
    if not used.rowcount:
        raise ReplayedRequest
