"""A call as its sender remembers it, and what the server would verify of it (no Django, no database)."""

import re
from dataclasses import dataclass, field

from apikeys.crypto import request_signing
from apikeys.signature_checker.text_diff import Difference

HOST = re.compile(r"(?i)https?://[^/?#]*")


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


def verified_texts(sent: Sent) -> list[str]:
    """The texts the server verifies: the target as sent, and decoded. Empty where it refuses before that.

    HTTP libraries send the method in capitals and the target without the host, however they are written here.
    """
    try:
        target = request_signing.Target.read(HOST.sub("", sent.target, count=1))
        bodies = dict.fromkeys([sent.body.replace("\r\n", "\n"), sent.body])  # a form's line ends are the browser's own
        found = [
            request_signing.signed_texts(sent.timestamp, sent.method.upper(), target, body.encode()) for body in bodies
        ]
    except (request_signing.Malformed, UnicodeEncodeError):
        return []
    return [text.decode() for texts in found for text in texts]
