"""Read a signature in forms that the server rejects, and say what is wrong with them (no Django)."""

import base64
import re

from apikeys.crypto import request_signing

Reading = tuple[bytes | None, list[str]]

_HEX = re.compile(r"(?:0x)?([0-9A-Fa-f]{128})", re.ASCII)
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]+={0,4}", re.ASCII)


def read(text: str) -> Reading:
    """Return the 64 bytes if they can be read, and what the server would reject about their form."""
    if not text.strip():
        return None, ["The orderly-signature is missing."]
    try:
        return request_signing.read_signature(text), []
    except request_signing.Malformed:
        return _read_misspelt(text)


def _read_misspelt(text: str) -> Reading:
    bare = text.strip()
    if match := _HEX.fullmatch(bare):
        return bytes.fromhex(match[1]), ["The signature is in hexadecimal. Write its 64 bytes in base64."]
    if not _BASE64.fullmatch(bare):
        return None, ["The signature has characters that are not base64’s."]
    decoded = _decode(bare.rstrip("="))
    if len(decoded) != request_signing.SIGNATURE_BYTES:
        return None, [f"The signature is {len(decoded)} bytes long, and must be 64: 86 characters, or 88 with ==."]
    return decoded, [_spelling(text, bare)]


def _decode(unpadded: str) -> bytes:
    whole = unpadded[: len(unpadded) - 1] if len(unpadded) % 4 == 1 else unpadded
    return base64.urlsafe_b64decode(whole.translate(str.maketrans("+/", "-_")) + "=" * (-len(whole) % 4))


def _spelling(text: str, bare: str) -> str:
    if text != bare:
        return "There are spaces around the signature."
    if set(bare) & set("+/") and set(bare) & set("-_"):
        return "The signature mixes the two base64 alphabets: + and / belong to one, - and _ to the other."
    if "=" in bare and bare != bare.rstrip("=") + "==":
        return "The signature’s padding is wrong: == at its end, or nothing."
    return "The signature’s last character was changed: it carries bits that no base64 writes."
