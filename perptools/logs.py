"""What is logged, and how: sentences for people, or one JSON object a line for programs. Never a bearer token.

Nothing here ought to meet a token: callers send them where nobody asked for one, such as in a path.
"""

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

_TOKEN = re.compile(r"(ptk_[0-9a-z]{16})_[0-9A-Za-z]{43,49}")


def without_tokens(text: str) -> str:
    return _TOKEN.sub(r"\1_[hidden]", text)


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
