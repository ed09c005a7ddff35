"""The two kinds of credentials: generate, write and read them (no Django).

- Signing key: an Ed25519 key pair, as on Orderly. `ed25519:<base58>` is both the public key and the 32-byte seed.
- Bearer token: `ptk_<id>_<secret><check>`: 16 characters of public ID, 43 of secret (256 bits) and 6 of CRC-32, with
  which a typo is found, and a secret scanner works, without our database.

A secret that is generated here exists only in one `Minted` and one response. We store a public key or a hash.
"""

import hashlib
import hmac
import secrets
import string
import zlib
from dataclasses import dataclass, field

import base58
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from nacl.bindings import crypto_core_ed25519_is_valid_point, crypto_sign_seed_keypair

from apikeys.crypto.secret_scanning import KEY, TOKEN

SIGNING_PREFIX = "ed25519:"
KEY_BYTES = 32
LONGEST_KEY = 44  # base58 characters of 32 bytes; decoding 60,000 characters would take 1.3 s

_BASE36 = string.digits + string.ascii_lowercase
_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
_ID_LENGTH, _SECRET_LENGTH, _CHECK_LENGTH = 16, 43, 6

# 19 MiB and two passes: OWASP's setting for Argon2id, which passwords use, too; 18 ms where this was measured.
ARGON2_PASSES, ARGON2_KIB, ARGON2_THREADS = 2, 19_456, 1
_hasher = PasswordHasher(time_cost=ARGON2_PASSES, memory_cost=ARGON2_KIB, parallelism=ARGON2_THREADS)


@dataclass(frozen=True, slots=True)
class Minted:
    """A new credential. `secret` is empty if the trader registered their own public key."""

    public_id: str
    secret: str = field(default="", repr=False)
    secret_hash: str = field(default="", repr=False)
    secret_prefix_digest: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class PresentedToken:
    public_id: str
    secret: str = field(repr=False)


class InvalidPublicKey(ValueError):
    """The text isn't a public key that can be registered. The message says why."""


# -- Signing keys --------------------------------------------------------------------------------------------------


def mint_signing_key() -> Minted:
    """Generate a key pair with a seed that all clients read: some drop leading zero bytes or expect 44 characters."""
    while True:
        seed = secrets.token_bytes(KEY_BYTES)
        encoded = base58.b58encode(seed).decode()
        if seed[0] and len(encoded) == LONGEST_KEY:
            public_key, _ = crypto_sign_seed_keypair(seed)
            return Minted(public_id=write_public_key(public_key), secret=SIGNING_PREFIX + encoded)


def write_public_key(public_key: bytes) -> str:
    return SIGNING_PREFIX + base58.b58encode(public_key).decode()


def decode_public_key(text: str) -> bytes | None:
    """Read the 32 bytes of an `orderly-key` header, with or without its prefix. None if it is anything else."""
    encoded = text.removeprefix(SIGNING_PREFIX)
    if not KEY.fullmatch(encoded):
        return None
    decoded = base58.b58decode(encoded)
    return decoded if len(decoded) == KEY_BYTES else None


def register_public_key(text: str) -> Minted:
    """Register a trader's own public key. Raises InvalidPublicKey if anyone could sign for it, or if it is private."""
    text = text.strip()
    if "PRIVATE KEY" in text:
        raise InvalidPublicKey(_PRIVATE)
    public_key = decode_public_key(text)
    if public_key is None:
        raise InvalidPublicKey(_PRIVATE if _looks_like_64_bytes(text) else _EXPECTED)
    if not is_public_key(public_key):
        raise InvalidPublicKey(_NOT_A_POINT)
    return Minted(public_id=write_public_key(public_key))


def is_public_key(decoded: bytes) -> bool:
    """Return False for small-order, mixed-order, off-curve and non-canonical points, such as most pasted seeds."""
    return bool(crypto_core_ed25519_is_valid_point(decoded))


def public_id_of_seed(text: str) -> str | None:
    """Return the ID of the signing key that a seed belongs to. None if the text isn't a seed."""
    seed = decode_public_key(text.strip())
    return None if seed is None else write_public_key(crypto_sign_seed_keypair(seed)[0])


def _looks_like_64_bytes(text: str) -> bool:
    encoded = text.removeprefix(SIGNING_PREFIX)
    return 80 <= len(encoded) <= 90 and not set(encoded) - set(base58.BITCOIN_ALPHABET.decode())


_EXPECTED = "Paste the public key as ed25519: followed by 43 or 44 base58 characters."
_PRIVATE = "This is a private key. Treat it as leaked. Generate a new pair, and paste only its public key."
_NOT_A_POINT = (
    "This isn’t a public key. If it is a private key, treat it as leaked. Generate a new pair, and paste only its "
    "public key."
)

# -- Bearer tokens -------------------------------------------------------------------------------------------------


def mint_bearer_token() -> Minted:
    public_id = "".join(secrets.choice(_BASE36) for _ in range(_ID_LENGTH))
    secret = _base62(secrets.randbits(256), _SECRET_LENGTH)
    body = f"ptk_{public_id}_{secret}"
    return Minted(public_id, body + checksum(body), _hasher.hash(secret), check_of(secret))


def read_token(text: str) -> PresentedToken | None:
    """Read a whole bearer token. None if the text doesn't have the form of our tokens."""
    match = TOKEN.fullmatch(text)
    if not match or checksum(text[:-_CHECK_LENGTH]) != match[3]:
        return None
    return PresentedToken(match[1], match[2])


def check_of(secret: str) -> str:
    """Return the prefix digest: four bytes that reject a wrong secret cheaply, without Argon2."""
    return hashlib.sha256(secret.encode()).hexdigest()[:8]


def check_matches(secret: str, stored: str) -> bool:
    return hmac.compare_digest(check_of(secret), stored)


def hash_matches(secret: str, stored: str) -> bool:
    """Verify a secret with Argon2, which is slow on purpose. Returns False for a damaged stored hash."""
    try:
        return _hasher.verify(stored, secret)
    except (VerificationError, InvalidHashError, ValueError):
        return False


def checksum(body: str) -> str:
    """Return six characters of a plain CRC-32, which anyone can compute."""
    number = zlib.crc32(body.encode())
    return _PAIRS[number // 62**4] + _PAIRS[number // 62**2 % 62**2] + _PAIRS[number % 62**2]


# Two digits at a time, because every request computes a checksum.
_PAIRS = [tens + ones for tens in _BASE62 for ones in _BASE62]


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, rest = divmod(number, 62)
        digits.append(_BASE62[rest])
    return "".join(reversed(digits))


# -- For people ----------------------------------------------------------------------------------------------------


def key_id(public_id: str) -> str:
    """Write a key's ID as traders see it: `ed25519:9L4U…` in full, and what a bearer token starts with."""
    return public_id if public_id.startswith(SIGNING_PREFIX) else f"ptk_{public_id}"


def mask(public_id: str) -> str:
    """Shorten a key's ID for a table: `ed25519:9L4U…x3Kd`. The ID of a bearer token is short enough."""
    if public_id.startswith(SIGNING_PREFIX):
        return f"{SIGNING_PREFIX}{public_id[8:12]}…{public_id[-4:]}"
    return key_id(public_id)
