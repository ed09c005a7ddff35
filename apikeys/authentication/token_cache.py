"""Remember which bearer tokens this process has verified, so that Argon2 runs once for each, one at a time.

New tokens that arrive together wait in at most a quarter of the threads, so requests with verified tokens go on. Any
number of requests can wait for the token that is being verified: that takes only as long as Argon2 does.

Only verified tokens are remembered, as a keyed digest bound to the stored hash. So a changed hash is never found here,
and a memory dump reveals no token.
"""

import hashlib
import hmac
import secrets
from collections import OrderedDict
from threading import BoundedSemaphore, Event, Lock
from typing import NamedTuple

from django.conf import settings

from apikeys.crypto import credentials

MOST_REMEMBERED = 10_000
PATIENCE_SECONDS = 2.0


class Busy(Exception):
    """Too many other tokens are waiting to be verified."""


class Turn(NamedTuple):
    """The token that is being verified."""

    digest: bytes
    over: Event


class VerifiedTokens:
    def __init__(self, most: int = MOST_REMEMBERED, patience: float = PATIENCE_SECONDS, waiting: int = 8) -> None:
        self._most = most
        self._slots = BoundedSemaphore(waiting)
        self._patience = patience
        self._digest_key = secrets.token_bytes(32)
        self._hashes: OrderedDict[bytes, str] = OrderedDict()
        self._remembering = Lock()
        self._verifying = Lock()
        self._turn: Turn | None = None

    def knows(self, secret: str, stored: str) -> bool:
        """Return whether this secret was verified against this hash."""
        digest = self._digest(secret)
        with self._remembering:
            remembered = self._hashes.get(digest)
            if remembered is not None:
                self._hashes.move_to_end(digest)
        return remembered is not None and hmac.compare_digest(remembered, stored)

    def verify(self, secret: str, stored: str) -> bool:
        """Verify a secret with Argon2, and remember it if it is right. Raises Busy."""
        turn = self._turn
        if turn and turn.digest == self._digest(secret):
            turn.over.wait(self._patience)
        if self.knows(secret, stored):
            return True
        if not self._slots.acquire(blocking=False):
            raise Busy
        try:
            return self._verify_in_turn(secret, stored)
        finally:
            self._slots.release()

    def _verify_in_turn(self, secret: str, stored: str) -> bool:
        if not self._verifying.acquire(timeout=self._patience):
            raise Busy
        try:
            # Whoever waited for the same token finds it verified.
            return self.knows(secret, stored) or self._verify_now(secret, stored)
        finally:
            self._verifying.release()

    def _verify_now(self, secret: str, stored: str) -> bool:
        turn = self._turn = Turn(self._digest(secret), Event())
        try:
            matches = credentials.hash_matches(secret, stored)
            if matches:
                self._remember(turn.digest, stored)
            return matches
        finally:
            self._turn = None
            turn.over.set()

    def _remember(self, digest: bytes, stored: str) -> None:
        with self._remembering:
            self._hashes[digest] = stored
            while len(self._hashes) > self._most:
                self._hashes.popitem(last=False)

    def _digest(self, secret: str) -> bytes:
        return hashlib.blake2b(secret.encode(), digest_size=32, key=self._digest_key).digest()


verified_tokens = VerifiedTokens(waiting=max(1, settings.WEB_THREADS // 4))  # half of those that answer calls
