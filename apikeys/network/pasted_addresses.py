"""Read lists of addresses the way people paste them, and guess what is meant by what is no address (no Django).

Invisible characters, quotes, brackets, comments and full-width digits are dropped or read as what they stand for.
Nothing is guessed silently: of what could mean something else only a proposal is made.
"""

import re
import unicodedata
from collections.abc import Iterator

from apikeys.network.addresses import ADDRESS

_COMMENT = re.compile(r"(?:#|//)[^\n]*")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,15}://", re.IGNORECASE)
_RANGE = re.compile(" ?[-–—] ?")
# An address, and after a space what can only be a netmask.
_SPACED_MASK = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,3}){3}) (255(?:\.[0-9]{1,3}){3})(?![0-9.])")
_SEPARATOR = re.compile(r"[,; ]")
_AROUND = "\"'`“”‘’«»()[]{}<>"
_HOST_AND_PORT = re.compile(rf"\[?(?P<host>{ADDRESS.pattern}?)\]?(?::[0-9]{{1,5}})?(?:[/?][^\n]*)?")


def entries(text: str) -> Iterator[str]:
    """Split a pasted text into parts that are each one address, network or range."""
    visible = "".join(each for each in unicodedata.normalize("NFKC", text) if unicodedata.category(each) != "Cf")
    lines = (_COMMENT.sub("", line) if not _SCHEME.search(line) else line for line in visible.splitlines())
    one_line = " ".join(",".join(lines).split())
    joined = _SPACED_MASK.sub(r"\1/\2", _RANGE.sub("-", one_line))
    for part in _SEPARATOR.split(joined):
        if entry := part.strip(_AROUND).rstrip("."):
            yield entry


def host_of(entry: str) -> str | None:
    """Return the address in a URL, or in an address with a port; None where there is none."""
    match = _HOST_AND_PORT.fullmatch(_SCHEME.sub("", entry, count=1))
    return match["host"] if match and match["host"] != entry else None
