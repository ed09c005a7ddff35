"""A request as its sender describes it, and what the server would verify (no Django, no database)."""

import re
from dataclasses import dataclass, field

from apikeys.crypto import request_signing
from apikeys.signature_checker.text_diff import Difference

HOST = re.compile(r"(?i)https?://[^/?#]*")


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as its sender describes it. `signed` is the text they signed, if they know it."""

    method: str
    target: str
    timestamp: str
    body: str
    key: str = field(repr=False)
    signature: str = field(repr=False)
    signed: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What the server would verify, whether the signature is valid, and the faults, the most certain first."""

    holds: bool = False
    secret_pasted: bool = False
    texts: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    difference: Difference | None = None


def verified_texts(sent: Sent) -> list[str]:
    """Return the texts that the server verifies: with the target as sent, and decoded. Empty if it rejects the request
    earlier.

    HTTP libraries send the method in capitals and the target without the host, whatever the sender typed here.
    """
    try:
        target = request_signing.Target.read(HOST.sub("", sent.target, count=1))
        # Browsers change the line ends of form fields.
        bodies = dict.fromkeys([sent.body.replace("\r\n", "\n"), sent.body])
        found = [
            request_signing.signed_texts(sent.timestamp, sent.method.upper(), target, body.encode()) for body in bodies
        ]
    except (request_signing.Malformed, UnicodeEncodeError):
        return []
    return [text.decode() for texts in found for text in texts]
