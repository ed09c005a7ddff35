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
        yield "The key starts with 0x, so it is an Account ID. The orderly-key is ed25519: and base58."
    elif not bare:
        yield "The orderly-key is missing."
    elif credentials.decode_public_key(bare) is None:
        yield "The orderly-key must be ed25519: and then 43 or 44 base58 characters (32 bytes)."
    elif key != bare:
        yield "There are spaces around the orderly-key."


def form_faults(sent: Sent) -> Iterator[str]:
    target = HOST.sub("", sent.target, count=1)
    if not target.startswith(API_PATH):
        yield f"The target does not start with {API_PATH}. Sign the whole path and its query."
    elif "?" not in target and not set(target).isdisjoint("&="):
        yield "Put a ? before the parameters of the target."
    elif "{" in target or "%7b" in target.lower():
        yield "The target contains a {, which the server rejects, because the signed text would be ambiguous."
    elif not verified_texts(Sent("GET", target, "0", "", "", "")):
        yield "Percent-encode the target’s special characters, such as spaces, and write it in UTF-8."
    yield from body_faults(sent.body)


def body_faults(body: str) -> Iterator[str]:
    if not body or body == '""':
        return
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not body.startswith("{"):
        yield "The body must be empty or start with {. Remove anything before it, also a space or a byte order mark."
    elif not isinstance(found, dict):
        yield "The body isn’t a JSON object."


def timestamp_faults(timestamp: str, now_ms: int) -> Iterator[str]:
    whole = timestamp.partition(".")[0]
    if _MILLISECONDS.fullmatch(timestamp):
        skew = (now_ms - int(timestamp)) // 1000
        if abs(skew) > request_signing.RECEIVE_WINDOW_MS // 1000:
            when = "old" if skew > 0 else "in the future"
            yield (
                f"The timestamp is {_length(abs(skew))} {when} by our clock. That is fine for an earlier request. A "
                "new one is rejected if it is more than 300 seconds off."
            )
    elif whole.isascii() and whole.isdigit() and len(whole) in _UNITS:
        yield f"The timestamp is in {_UNITS[len(whole)]}. Send milliseconds: 13 digits."
    else:
        yield "The timestamp must be 13 digits: milliseconds since 1970, without a point or a sign."


def _length(seconds: int) -> str:
    """Write a duration in days, hours or seconds, whichever fits."""
    for unit, length in (("days", 86_400), ("hours", 3_600)):
        if seconds >= 3 * length:
            return f"{seconds // length} {unit}"
    return f"{seconds} seconds"
