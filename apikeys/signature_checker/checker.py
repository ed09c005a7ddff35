"""Finds why a signature does not hold, from what its sender pastes and nothing else (no Django, no database).

What the sender may have signed instead is tried: a text under which the signature holds names the fault for certain.
No finding repeats a key, and a secret pasted by mistake stops the check.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product
from urllib.parse import quote, unquote

from apikeys import credentials, signature_reading, signing
from apikeys.text_difference import Difference, first_difference, visible

MOST_TEXTS = 400  # signatures verified for one check; each takes about 0.1 ms

_HOST = re.compile(r"(?i)https?://[^/?#]*")
_KEY_WORD = re.compile(r"(?<![1-9A-HJ-NP-Za-km-z])[1-9A-HJ-NP-Za-km-z]{32,44}(?![1-9A-HJ-NP-Za-km-z])")
_TOKEN = re.compile(r"ptk_[0-9a-z]{16}_")


@dataclass(frozen=True, slots=True)
class Sent:
    """A call as its sender remembers it; `signed` is the text they signed, where they know it."""

    method: str
    target: str
    timestamp: str
    body: str
    key: str = field(repr=False)
    signature: str = field(repr=False)
    signed: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What the server would verify, whether it holds, and what is wrong, the surest first."""

    holds: bool = False
    secret_pasted: bool = False
    texts: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    difference: Difference | None = None


@dataclass(frozen=True, slots=True)
class Variant:
    """A part of the signed text as somebody may have written it, and what is wrong with that. No fault: it is right."""

    text: str
    fault: str = ""


def check(sent: Sent, now_ms: int, host: str) -> Report:
    """Compare a call with its signature. `host` is the server's address, which some sign by mistake."""
    if holds_a_secret(sent):
        return Report(secret_pasted=True)
    texts = verified_texts(sent)
    public_key = credentials.decode_public_key(sent.key.strip())
    signature, misspelt = signature_reading.read(sent.signature)
    faults = [*key_faults(sent.key), *misspelt, *form_faults(sent), *timestamp_faults(sent.timestamp, now_ms)]
    holds = False
    if public_key and signature:
        if _is_the_signers_seed(sent.key, signature, texts):
            return Report(secret_pasted=True)
        holds = bool(texts) and signing.holds(public_key, signature, [text.encode() for text in texts])
        if not holds:
            faults = [*what_was_signed(sent, host, public_key, signature), *faults]
    shown = tuple(map(visible, dict.fromkeys(text.replace("\r\n", "\n") for text in texts)))
    good = holds and not misspelt
    return Report(good, False, shown, tuple(dict.fromkeys(faults)), _difference(sent, texts))


def holds_a_secret(sent: Sent) -> bool:
    """Tell whether anything that was pasted is, or may be, a secret: then it must not be repeated."""
    pasted = [sent.method, sent.target, sent.timestamp, sent.body, sent.key, sent.signature, sent.signed]
    if any("PRIVATE KEY" in text or _TOKEN.search(text) for text in pasted):
        return True
    if is_secret_key(sent.key.strip(), sent.key):
        return True
    return any(is_secret_key(word, sent.key) for text in pasted for word in _KEY_WORD.findall(unquote(text)))


def is_secret_key(word: str, key: str) -> bool:
    """A seed of this key, or 32 bytes that are no public key: most seeds are such."""
    decoded = credentials.decode_public_key(word)
    if decoded is None:
        return 80 <= len(word.removeprefix(credentials.SIGNING_PREFIX)) <= 90 and word.isascii() and word.isalnum()
    public_key = credentials.decode_public_key(key.strip())
    if public_key and credentials.public_id_of_seed(word) == credentials.write_public_key(public_key):
        return True
    return not credentials.is_public_key(decoded)


def _is_the_signers_seed(key: str, signature: bytes, texts: list[str]) -> bool:
    """Tell whether the key is the very secret that signed: one seed in sixteen also looks like a public key."""
    signer = credentials.decode_public_key(credentials.public_id_of_seed(key) or "")
    return signer is not None and signing.holds(signer, signature, [text.encode() for text in texts])


def verified_texts(sent: Sent) -> list[str]:
    """The texts the server verifies: the target as sent, and decoded. Empty where it refuses before that.

    HTTP libraries send the method in capitals and the target without the host, however they are written here.
    """
    try:
        target = signing.Target.read(_HOST.sub("", sent.target, count=1))
        bodies = dict.fromkeys([sent.body.replace("\r\n", "\n"), sent.body])  # a form's line ends are the browser's own
        found = [signing.signed_texts(sent.timestamp, sent.method.upper(), target, body.encode()) for body in bodies]
    except (signing.Malformed, UnicodeEncodeError):
        return []
    return [text.decode() for texts in found for text in texts]


# -- What is wrong on the face of it -----------------------------------------------------------------------------


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
    target = _HOST.sub("", sent.target, count=1)
    if not target.startswith("/v1/"):
        yield "The target does not start with /v1/. It is the whole path, and its query."
    elif "?" not in target and re.search(r"[&=]", target):
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


_UNITS = {10: "seconds", 16: "microseconds", 19: "nanoseconds"}


def timestamp_faults(timestamp: str, now_ms: int) -> Iterator[str]:
    whole = timestamp.partition(".")[0]
    if re.fullmatch(r"[0-9]{13}", timestamp, re.ASCII):
        skew = (now_ms - int(timestamp)) // 1000
        if abs(skew) > signing.RECEIVE_WINDOW_MS // 1000:
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
    """Write a time in the unit it is thought of in: days, hours, or seconds where the window is near."""
    for unit, length in (("days", 86_400), ("hours", 3_600)):
        if seconds >= 3 * length:
            return f"{seconds // length} {unit}"
    return f"{seconds} seconds"


# -- What was signed instead -------------------------------------------------------------------------------------


def what_was_signed(sent: Sent, host: str, public_key: bytes, signature: bytes) -> Iterator[str]:
    """Name the faults of the likeliest text that the signature holds for, or say what is left."""
    for parts in likely_texts(sent, host):
        text = "".join(part.text for part in parts).encode(errors="surrogatepass")
        if signing.holds(public_key, signature, [text]):
            yield from (part.fault for part in parts if part.fault)
            return
    if not sent.signed:
        yield (
            "The signature does not hold for this text, nor for the usual mistakes. It was made with another secret "
            "than this key’s, or over another text: paste the text you signed, to see where it differs."
        )
    elif signing.holds(public_key, signature, [sent.signed.replace("\r\n", "\n").encode(errors="surrogatepass")]):
        yield "The signature is right for the text you signed. That text is not the one the server verifies."
    else:
        yield "The signature does not hold for the text you signed either: it was made with another secret."


def likely_texts(sent: Sent, host: str) -> list[tuple[Variant, ...]]:
    """What may have been signed, the fewest mistakes first."""
    parts: list[Callable[[], list[Variant]]] = [
        lambda: timestamps(sent.timestamp),
        lambda: methods(sent.method),
        lambda: targets(sent.target, host),
        lambda: bodies(sent.body.replace("\r\n", "\n")),
    ]
    texts = sorted(product(*(part() for part in parts)), key=lambda text: sum(bool(part.fault) for part in text))
    return texts[:MOST_TEXTS]


def _distinct(variants: list[Variant]) -> list[Variant]:
    return list({variant.text: variant for variant in reversed(variants)}.values())[::-1]


def timestamps(sent: str) -> list[Variant]:
    other = "You signed another timestamp than the one in the header: {}. Sign the header’s own 13 digits."
    variants = [Variant(sent)]
    if sent.isascii() and sent.isdigit() and 10 <= len(sent) <= 19:
        variants += [Variant(sent[:10], other.format("in seconds")), Variant("", other.format("none at all"))]
    return _distinct(variants)


def methods(sent: str) -> list[Variant]:
    right = sent.upper()
    return _distinct(
        [
            Variant(right),
            Variant(right.lower(), "You signed the method in small letters. Sign it in capitals."),
            Variant("", "You signed no method. It stands between the timestamp and the path."),
        ]
    )


def targets(sent: str, host: str) -> list[Variant]:
    right = _HOST.sub("", sent, count=1)
    path, _, query = right.partition("?")
    address = sent.removesuffix(right) or host
    encoded = quote(query, safe="=&", errors="replace")
    ordered = "&".join(sorted(query.split("&")))
    return _distinct(
        [
            Variant(right),
            Variant(address + right, "You signed the address with its host. Sign the path and its query alone."),
            Variant(path, "You signed the path without its query. The query is signed too, from its ? on."),
            Variant(path + query, "You signed the query without the ? before it."),
            Variant(unquote(right), "You signed the target decoded. Here that changes what it means: sign it as sent."),
            Variant(
                f"{path}?{encoded}",
                "You signed the query encoded, and sent it as it is.",
            ),
            Variant(f"{path}?{ordered}", "You signed the parameters in another order."),
            Variant(right.removeprefix("/v1"), "You signed the path without /v1."),
            Variant(right.rstrip("/"), "You signed the path without the slash at its end."),
        ]
    )


def bodies(sent: str) -> list[Variant]:
    again = "You signed the body written in another way than it was sent: {}. Write it once, sign and send that."
    variants = [
        Variant(sent),
        Variant("", "You signed the body as empty. It is signed too, exactly as it is sent."),
        Variant(sent.strip(), again.format("without the spaces or line ends around it")),
        Variant(sent.strip() + "\n", again.format("with a line end after it")),
        Variant(sent.replace("\n", "\r\n"), again.format("with other line ends")),
    ]
    try:
        value = json.loads(sent)
        spellings = {
            "without spaces": json.dumps(value, separators=(",", ":")),
            "with spaces": json.dumps(value),
            "without spaces, accents as they are": json.dumps(value, separators=(",", ":"), ensure_ascii=False),
            "with its keys sorted": json.dumps(value, separators=(",", ":"), sort_keys=True),
            "with its keys sorted, and with spaces": json.dumps(value, sort_keys=True),
        }
    except (ValueError, RecursionError, TypeError):
        spellings = {}
    return _distinct(variants + [Variant(text, again.format(how)) for how, text in spellings.items()])


def _difference(sent: Sent, texts: list[str]) -> Difference | None:
    """Where the sender's text leaves the server's: the one of its forms that it follows longest."""
    signed = sent.signed.replace("\r\n", "\n")
    if not signed or signed in texts:
        return None
    found = [first_difference(text.replace("\r\n", "\n"), signed) for text in texts]
    return max(found, key=lambda difference: difference.position, default=None)
