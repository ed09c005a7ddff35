"""Find our secrets in a text, and hide them (no Django).

A bearer token is `ptk_`, 16 characters of public ID, `_`, 43 characters of secret and 6 of checksum. The secret of a
signing key is a seed: 32 bytes in base58.
"""

import re
from urllib.parse import unquote

TOKEN_PATTERN = "ptk_([0-9a-z]{16})_([0-9A-Za-z]{43})([0-9A-Za-z]{6})"  # noqa: S105
TOKEN = re.compile(TOKEN_PATTERN, re.ASCII)
PUBLIC_PART = "ptk_[0-9a-z]{16}"  # a pattern; the page's scripts use it too
_TOKEN_START = re.compile(f"{PUBLIC_PART}_", re.ASCII)

_BASE58 = "1-9A-HJ-NP-Za-km-z"
KEY = re.compile(f"[{_BASE58}]{{32,44}}", re.ASCII)  # 32 bytes in base58; most have 43 or 44 characters
_WORD = re.compile(f"(?<![{_BASE58}])[{_BASE58}]+(?![{_BASE58}])", re.ASCII)
SEED_LENGTHS = range(43, 45)


def find_tokens(text: str) -> list[str]:
    """Find everything that has the form of a whole bearer token, each once, in order."""
    return list(dict.fromkeys(match[0] for match in TOKEN.finditer(text)))


def find_seeds(text: str, lengths: range = SEED_LENGTHS) -> list[str]:
    """Find the words that could be the seed of a signing key, each once, in order.

    `lengths` allows for seeds that begin with zero bytes, which are shorter.
    """
    return list(dict.fromkeys(word for word in _WORD.findall(text) if len(word) in lengths))


def holds_token(text: str) -> bool:
    """Return whether a text that we would store and show contains a token or the beginning of one."""
    return bool(_TOKEN_START.search(text))


def public_part(text: str) -> str:
    """Reduce a text that contains a token to the token's public part: `ptk_` and the ID. Any other text stays."""
    start = _TOKEN_START.search(text)
    return start[0].rstrip("_") if start else text


# -- In logs, where a token may stand as some client or proxy has escaped it ------------------------------------------

_ESCAPED = "%(?:25)*"  # repeated for each proxy that escapes the escapes
_LETTER = f"(?:[0-9a-z]|{_ESCAPED}(?:3[0-9]|[46][1-9a-f]|[57][0-9a]))"
_LINE = f"(?:_|{_ESCAPED}5f)"
_PREFIX = f"(?:p|{_ESCAPED}[57]0)(?:t|{_ESCAPED}[57]4)(?:k|{_ESCAPED}[46]b)"
# Of any length, because a truncated token contains a part of the secret, and in any case.
_ESCAPED_TOKEN = re.compile(f"({_PREFIX}{_LINE}{_LETTER}{{16}}){_LINE}{_LETTER}+", re.ASCII | re.IGNORECASE)


def redact(text: str) -> str:
    """Reduce each token, however it is escaped, to its public part, by which an administrator finds the key."""
    return _ESCAPED_TOKEN.sub(lambda token: f"{_unescaped(token[1])}_[hidden]", text)


def _unescaped(public: str) -> str:
    while "%" in public:
        public = unquote(public)
    return public
