"""Texts that clients sign by mistake instead of the right one (no Django, no database)."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from urllib.parse import quote, unquote

from apikeys.crypto import request_signing
from apikeys.signature_checker.sent_call import HOST, Sent

MOST_TEXTS = 400  # texts tried in one check; each takes about 0.1 ms


@dataclass(frozen=True, slots=True)
class Variant:
    """A part of the signed text as a client may have written it, and its fault. Without a fault, it is right."""

    text: str
    fault: str = ""


def what_was_signed(sent: Sent, host: str, public_key: bytes, signature: bytes) -> Iterator[str]:
    """Yield the faults of the likeliest text that the signature is valid for, or what else could be wrong."""
    for parts in likely_texts(sent, host):
        text = "".join(part.text for part in parts).encode(errors="surrogatepass")
        if request_signing.holds(public_key, signature, [text]):
            yield from (part.fault for part in parts if part.fault)
            return
    if not sent.signed:
        yield (
            "The signature isn’t valid for this text, or for any common mistake. You signed with another key’s secret, "
            "or another text. Paste the text you signed to see where it differs."
        )
    elif request_signing.holds(
        public_key, signature, [sent.signed.replace("\r\n", "\n").encode(errors="surrogatepass")]
    ):
        yield "The signature is valid for the text you signed, but the server verifies another text."
    else:
        yield "The signature isn’t valid for the text you signed either. You signed with another key’s secret."


def likely_texts(sent: Sent, host: str) -> list[tuple[Variant, ...]]:
    """List texts that may have been signed, those with the fewest mistakes first."""
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
    other = "You signed a different timestamp than the header has: {}. Sign the 13 digits of the header."
    variants = [Variant(sent)]
    if sent.isascii() and sent.isdigit() and 10 <= len(sent) <= 19:
        variants += [Variant(sent[:10], other.format("in seconds")), Variant("", other.format("none"))]
    return _distinct(variants)


def methods(sent: str) -> list[Variant]:
    right = sent.upper()
    return _distinct(
        [
            Variant(right),
            Variant(right.lower(), "You signed the method in lower case. Sign it in capitals."),
            Variant("", "You didn’t sign the method. Put it between the timestamp and the path."),
        ]
    )


def targets(sent: str, host: str) -> list[Variant]:
    right = HOST.sub("", sent, count=1)
    path, _, query = right.partition("?")
    address = sent.removesuffix(right) or host
    encoded = quote(query, safe="=&", errors="replace")
    ordered = "&".join(sorted(query.split("&")))
    return _distinct(
        [
            Variant(right),
            Variant(address + right, "You signed the URL with its host. Sign only the path and its query."),
            Variant(path, "You signed the path without its query. Sign the query too, with its ?."),
            Variant(path + query, "You signed the query without the ? before it."),
            Variant(
                unquote(right),
                "You signed the decoded target, which means something else here. Sign it as you send it.",
            ),
            Variant(
                f"{path}?{encoded}",
                "You signed the encoded query, but sent it without encoding.",
            ),
            Variant(f"{path}?{ordered}", "You signed the parameters in another order."),
            Variant(right.removeprefix("/v1"), "You signed the path without /v1."),
            Variant(right.rstrip("/"), "You signed the path without its trailing slash."),
        ]
    )


def bodies(sent: str) -> list[Variant]:
    again = "You signed a different form of the body than you sent: {}. Serialize it once, then sign and send that."
    variants = [
        Variant(sent),
        Variant("", "You signed an empty body. Sign the body exactly as you send it."),
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
