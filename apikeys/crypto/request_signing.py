"""Signed requests: the text that a client signs, and verifying its signature (no Django).

timestamp + METHOD + raw target + body

Nothing separates the parts, so their forms are strict: otherwise one signature could be valid for two different
requests. The forms that real clients send were recorded, and each has a test.
"""

import base64
import binascii
import re
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from nacl.bindings import crypto_sign_open
from nacl.exceptions import CryptoError

API_PATH = "/v1/"  # every path of the API begins with it
RECEIVE_WINDOW_MS = 300_000
SIGNATURE_BYTES = 64

_TIMESTAMP = re.compile(r"[0-9]{13}", re.ASCII)
_SIGNATURE = re.compile(r"(?:[A-Za-z0-9+/]{86}|[A-Za-z0-9_-]{86})(?:==)?", re.ASCII)
# The characters of a path and a query on the wire. Clients' HTTP libraries don't escape [].
_TARGET = re.compile(
    rf"(?P<path>{API_PATH}(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{{2}})*)"
    r"(?:\?(?P<query>(?:[A-Za-z0-9._~!$&'()*+,;=:@/?\[\]-]|%[0-9A-Fa-f]{2})*))?",
    re.ASCII,
)
_BRACE = re.compile(r"%7b", re.IGNORECASE)
# Escapes that would change where a part begins or ends if they were decoded.
_STRUCTURE_IN_PATH = re.compile(r"%(?:2f|3f|23|25)", re.IGNORECASE)
_STRUCTURE_IN_QUERY = re.compile(r"%(?:26|3d|23|25)", re.IGNORECASE)


class Malformed(ValueError):
    """The request has a form that no client sends. Its sender learns nothing more."""


class Target(NamedTuple):
    """A request target as on the wire, and its decoded path and query."""

    raw: str
    path: str
    query: str  # raw

    @classmethod
    def read(cls, raw: str) -> "Target":
        match = _TARGET.fullmatch(raw)
        if not match or _BRACE.search(raw):
            raise Malformed
        try:
            path = unquote_to_bytes(match["path"]).decode()
            unquote_to_bytes(match["query"] or "").decode()
        except UnicodeDecodeError:
            raise Malformed from None
        return cls(raw, path, match["query"] or "")

    @property
    def signed_forms(self) -> list[str]:
        """Return the target as on the wire and, where that is unambiguous, percent-decoded, as ccxt signs it."""
        path, _, query = self.raw.partition("?")
        if "%" not in self.raw or _STRUCTURE_IN_PATH.search(path) or _STRUCTURE_IN_QUERY.search(query):
            return [self.raw]
        return [self.raw, unquote_to_bytes(self.raw).decode()]


def read_timestamp(text: str) -> int:
    """Read milliseconds since 1970. Raises Malformed."""
    if not _TIMESTAMP.fullmatch(text):
        raise Malformed
    return int(text)


def read_signature(text: str) -> bytes:
    """Read 64 bytes in either base64 alphabet, with or without padding. Raises Malformed."""
    if not _SIGNATURE.fullmatch(text):
        raise Malformed
    unpadded = text.removesuffix("==").replace("+", "-").replace("/", "_")
    try:
        decoded = base64.urlsafe_b64decode(unpadded + "==")
    except binascii.Error:
        raise Malformed from None
    # The last character has four bits that decoding drops. Without this check, one signature would have 16 spellings.
    if len(decoded) != SIGNATURE_BYTES or write_signature(decoded) != unpadded:
        raise Malformed
    return decoded


def write_signature(signature: bytes) -> str:
    """Write a signature in its stored form: url-safe base64 without padding, 86 characters."""
    return base64.urlsafe_b64encode(signature).rstrip(b"=").decode()


def signed_texts(timestamp: str, method: str, target: Target, body: bytes) -> list[bytes]:
    """List the texts that a client may have signed. Raises Malformed for a body that could also be a part of the
    target.

    Orderly's connector sends a POST without parameters as `""` and signs it as an empty body. No endpoint accepts a
    list, but its sender gets a proper error: paths have no brackets, so the text is ambiguous only if there is a query.
    """
    if body == b'""':
        body = b""
    is_list = body.startswith(b"[") and "?" not in target.raw
    if body and not (body.startswith(b"{") or is_list):
        raise Malformed
    return [(timestamp + method + form).encode() + body for form in target.signed_forms]


def holds(public_key: bytes, signature: bytes, texts: list[bytes]) -> bool:
    """Return whether the signature is valid for any of the texts."""
    return any(_holds(public_key, signature, text) for text in texts)


def _holds(public_key: bytes, signature: bytes, text: bytes) -> bool:
    try:
        crypto_sign_open(signature + text, public_key)
    except (CryptoError, ValueError, TypeError):  # a wrong length raises a different error than a wrong signature
        return False
    return True
