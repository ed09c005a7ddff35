"""Faults of a request that are visible without trying signatures (no Django, no database)."""

import json
import re
from collections.abc import Iterator

from apikeys.crypto import credentials, request_signing
from apikeys.crypto.request_signing import API_PATH
from apikeys.signature_checker.sent_call import HOST, Sent, verified_texts

_UNITS = {10: "seconds", 16: "microseconds", 19: "nanoseconds"}
_MILLISECONDS = re.compile(r"[0-9]{13}", re.ASCII)


def key_faults(key: str) -> Iterator[str]:
    bare = key.strip()
    if bare.startswith("0x"):
        yield "The key starts with 0x: that is an Account ID. orderly-key is ed25519: and base58."
    elif not bare:
        yield "The orderly-key is missing."
    elif credentials.decode_public_key(bare) is None:
        yield "The orderly-key is not ed25519: followed by the 43 or 44 base58 characters of 32 bytes."
    elif key != bare:
        yield "There are spaces around the orderly-key."


def form_faults(sent: Sent) -> Iterator[str]:
    target = HOST.sub("", sent.target, count=1)
    if not target.startswith(API_PATH):
        yield f"The target does not start with {API_PATH}. It is the whole path, and its query."
    elif "?" not in target and not set(target).isdisjoint("&="):
        yield "The target has parameters, but no ? before them."
    elif "{" in target or "%7b" in target.lower():
        yield "The target has a { in it, which the server refuses: a signed text could then be cut in two ways."
    elif not verified_texts(Sent("GET", target, "0", "", "", "")):
        yield "The target has characters that must be percent-encoded, such as a space, or bytes that are not UTF-8."
    yield from body_faults(sent.body)


def body_faults(body: str) -> Iterator[str]:
    if not body or body == '""':
        return
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not body.startswith("{"):
        yield "A body is empty, or starts with {. Anything before it is refused, also a space or a byte order mark."
    elif not isinstance(found, dict):
        yield "The body is not a JSON object."


def timestamp_faults(timestamp: str, now_ms: int) -> Iterator[str]:
    whole = timestamp.partition(".")[0]
    if _MILLISECONDS.fullmatch(timestamp):
        skew = (now_ms - int(timestamp)) // 1000
        if abs(skew) > request_signing.RECEIVE_WINDOW_MS // 1000:
            when = "old" if skew > 0 else "in the future"
            yield (
                f"The timestamp is {_length(abs(skew))} {when} by our clock. That is as it should be for a call made "
                "earlier; a call arriving now would be refused, at 300 seconds."
            )
    elif whole.isascii() and whole.isdigit() and len(whole) in _UNITS:
        yield f"The timestamp is in {_UNITS[len(whole)]}. It is in milliseconds: 13 digits."
    else:
        yield "The timestamp is not 13 digits: milliseconds since 1970, without point or sign."


def _length(seconds: int) -> str:
    """Write a duration in days, hours or seconds, whichever fits."""
    for unit, length in (("days", 86_400), ("hours", 3_600)):
        if seconds >= 3 * length:
            return f"{seconds // length} {unit}"
    return f"{seconds} seconds"
