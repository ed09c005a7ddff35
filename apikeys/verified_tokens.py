"""Bearer tokens that this process has verified: Argon2 runs once for each, and one at a time.

Only what verified is remembered, as a keyed digest bound to the stored hash it verified against: a changed hash misses
by itself, and a dump of this memory reveals no token.
"""

import hashlib
import hmac
import secrets
from collections import OrderedDict
from threading import Lock

from apikeys import credentials

MOST_REMEMBERED = 10_000
PATIENCE_SECONDS = 2.0


class Busy(Exception):
    """Another token is being verified, and the wait for it was too long."""


class VerifiedTokens:
    def __init__(self, most: int = MOST_REMEMBERED, patience: float = PATIENCE_SECONDS) -> None:
        self._most = most
        self._patience = patience
        self._digest_key = secrets.token_bytes(32)
        self._hashes: OrderedDict[bytes, str] = OrderedDict()
        self._remembering = Lock()
        self._verifying = Lock()

    def knows(self, secret: str, stored: str) -> bool:
        """Tell whether this secret has verified against this very hash."""
        digest = self._digest(secret)
        with self._remembering:
            remembered = self._hashes.get(digest)
            if remembered is not None:
                self._hashes.move_to_end(digest)
        return remembered is not None and hmac.compare_digest(remembered, stored)

    def verify(self, secret: str, stored: str) -> bool:
        """Verify with Argon2, and remember a success. Raises Busy."""
        if not self._verifying.acquire(timeout=self._patience):
            raise Busy
        try:
            # Whoever waited for the same token finds it verified.
            if self.knows(secret, stored):
                return True
            if not credentials.hash_matches(secret, stored):
                return False
        finally:
            self._verifying.release()
        self._remember(secret, stored)
        return True

    def _remember(self, secret: str, stored: str) -> None:
        with self._remembering:
            self._hashes[self._digest(secret)] = stored
            while len(self._hashes) > self._most:
                self._hashes.popitem(last=False)

    def _digest(self, secret: str) -> bytes:
        return hashlib.blake2b(secret.encode(), digest_size=32, key=self._digest_key).digest()


verified_tokens = VerifiedTokens()
