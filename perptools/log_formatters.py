"""What is logged, and how: sentences for people, or one JSON object a line for programs. Never a bearer token.

Nothing here ought to meet a token: callers send them where nobody asked for one, such as in a path or as a host, and
whoever tells of it, the access log or Django, writes through here.
"""

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

_ESCAPED = "%(?:25)*"  # also once more, for each proxy that escapes what was escaped
_LETTER = f"(?:[0-9a-z]|{_ESCAPED}(?:3[0-9]|[46][1-9a-f]|[57][0-9a]))"
_LINE = f"(?:_|{_ESCAPED}5f)"
_PREFIX = f"(?:p|{_ESCAPED}[57]0)(?:t|{_ESCAPED}[57]4)(?:k|{_ESCAPED}[46]b)"
# As `credentials` has it, of any length, for one that was cut is a secret in part, and in capitals or small letters.
_TOKEN = re.compile(f"({_PREFIX}{_LINE}{_LETTER}{{16}}){_LINE}{_LETTER}+", re.ASCII | re.IGNORECASE)


def without_tokens(text: str) -> str:
    """Keep of a token, however its characters are escaped, the public part: by it an administrator finds the key."""
    return _TOKEN.sub(lambda token: f"{_unescaped(token[1])}_[hidden]", text)


def _unescaped(public: str) -> str:
    while "%" in public:
        public = unquote(public)
    return public


class Sentences(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return without_tokens(super().format(record))


class JsonLines(logging.Formatter):
    """`at`, `level`, `logger`, `message`, and what a record was given besides: see `FIELDS`."""

    FIELDS = ("request_id", "address", "method", "path", "status", "bytes", "ms")

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **{name: getattr(record, name) for name in self.FIELDS if hasattr(record, name)},
        }
        if request_id := getattr(getattr(record, "request", None), "request_id", None):
            line["request_id"] = request_id
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return without_tokens(json.dumps(line, ensure_ascii=False, default=str))


FORMATTERS: dict[str, type[logging.Formatter]] = {"text": Sentences, "json": JsonLines}
