"""The two credentials: make them, write them, read what a trader or a caller wrote (no Django).

- Signing key: an Ed25519 pair, as on Orderly. `ed25519:<base58>` both for the public key and for the 32-byte seed.
- Bearer token: `ptk_<id>_<secret><check>`: 16 characters of public id, 43 of secret (256 bits), 6 of CRC-32, so that
  a typing slip, and a secret scanner, need no database.

A secret made here exists in one `Minted` and one answer. What is kept of it is a public key or a hash.
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
LONGEST_KEY = 44  # base58 characters of 32 bytes; 60,000 characters would take 1.3 s to decode

_BASE36 = string.digits + string.ascii_lowercase
_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
_ID_LENGTH, _SECRET_LENGTH, _CHECK_LENGTH = 16, 43, 6

# 19 MiB and two passes: OWASP's Argon2id setting, for passwords too; 18 ms where this was measured.
ARGON2_PASSES, ARGON2_KIB, ARGON2_THREADS = 2, 19_456, 1
_hasher = PasswordHasher(time_cost=ARGON2_PASSES, memory_cost=ARGON2_KIB, parallelism=ARGON2_THREADS)


@dataclass(frozen=True, slots=True)
class Minted:
    """A new credential. `secret` is empty where the trader brought a public key of their own."""

    public_id: str
    secret: str = field(default="", repr=False)
    secret_hash: str = field(default="", repr=False)
    secret_prefix_digest: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class PresentedToken:
    public_id: str
    secret: str = field(repr=False)


class InvalidPublicKey(ValueError):
    """What was pasted is not a public key that could be registered; the message says why."""


# -- Signing keys --------------------------------------------------------------------------------------------------


def mint_signing_key() -> Minted:
    """Make a pair whose seed every client can read: some drop leading zero bytes, some count 44 characters."""
    while True:
        seed = secrets.token_bytes(KEY_BYTES)
        encoded = base58.b58encode(seed).decode()
        if seed[0] and len(encoded) == LONGEST_KEY:
            public_key, _ = crypto_sign_seed_keypair(seed)
            return Minted(public_id=write_public_key(public_key), secret=SIGNING_PREFIX + encoded)


def write_public_key(public_key: bytes) -> str:
    return SIGNING_PREFIX + base58.b58encode(public_key).decode()


def decode_public_key(text: str) -> bytes | None:
    """Read the 32 bytes of an `orderly-key` header, with or without its prefix; None for anything else."""
    encoded = text.removeprefix(SIGNING_PREFIX)
    if not KEY.fullmatch(encoded):
        return None
    decoded = base58.b58decode(encoded)
    return decoded if len(decoded) == KEY_BYTES else None


def register_public_key(text: str) -> Minted:
    """Take a trader's own public key. Raises InvalidPublicKey for one that anybody could sign for, or a private one."""
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
    """Refuse small-order, mixed-order, off-curve and non-canonical points. Most seeds pasted by mistake are such."""
    return bool(crypto_core_ed25519_is_valid_point(decoded))


def public_id_of_seed(text: str) -> str | None:
    """Tell which signing key a pasted secret belongs to; None where it is no seed."""
    seed = decode_public_key(text.strip())
    return None if seed is None else write_public_key(crypto_sign_seed_keypair(seed)[0])


def _looks_like_64_bytes(text: str) -> bool:
    encoded = text.removeprefix(SIGNING_PREFIX)
    return 80 <= len(encoded) <= 90 and not set(encoded) - set(base58.BITCOIN_ALPHABET.decode())


_EXPECTED = "Paste the public key as ed25519: followed by 43 or 44 base58 characters."
_PRIVATE = "This is a private key. Consider it leaked: make a new pair, and paste only its public key."
_NOT_A_POINT = (
    "This is not a public key: it may be a private one. If it is, consider it leaked, make a new pair, "
    "and paste only its public key."
)

# -- Bearer tokens -------------------------------------------------------------------------------------------------


def mint_bearer_token() -> Minted:
    public_id = "".join(secrets.choice(_BASE36) for _ in range(_ID_LENGTH))
    secret = _base62(secrets.randbits(256), _SECRET_LENGTH)
    body = f"ptk_{public_id}_{secret}"
    return Minted(public_id, body + checksum(body), _hasher.hash(secret), check_of(secret))


def read_token(text: str) -> PresentedToken | None:
    """Read a bearer token as a whole; None for anything that was not minted in this form."""
    match = TOKEN.fullmatch(text)
    if not match or checksum(text[:-_CHECK_LENGTH]) != match[3]:
        return None
    return PresentedToken(match[1], match[2])


def check_of(secret: str) -> str:
    """Four bytes that make a wrong secret cheap to refuse: Argon2 then only ever runs for the right one."""
    return hashlib.sha256(secret.encode()).hexdigest()[:8]


def check_matches(secret: str, stored: str) -> bool:
    return hmac.compare_digest(check_of(secret), stored)


def hash_matches(secret: str, stored: str) -> bool:
    """Verify with Argon2: slow on purpose. A damaged stored hash is a refusal."""
    try:
        return _hasher.verify(stored, secret)
    except (VerificationError, InvalidHashError, ValueError):
        return False


def checksum(body: str) -> str:
    """Six characters of a plain CRC-32, as anybody can compute them."""
    number = zlib.crc32(body.encode())
    return _PAIRS[number // 62**4] + _PAIRS[number // 62**2 % 62**2] + _PAIRS[number % 62**2]


_PAIRS = [tens + ones for tens in _BASE62 for ones in _BASE62]  # two digits at a time: every call has a checksum


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, rest = divmod(number, 62)
        digits.append(_BASE62[rest])
    return "".join(reversed(digits))


# -- For people ----------------------------------------------------------------------------------------------------


def mask(public_id: str) -> str:
    """Shorten a key's public part for a table: `ed25519:9L4U…x3Kd`, `ptk_k3j9…`."""
    if public_id.startswith(SIGNING_PREFIX):
        return f"{SIGNING_PREFIX}{public_id[8:12]}…{public_id[-4:]}"
    return f"ptk_{public_id[:6]}…"
