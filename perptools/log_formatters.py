"""Log formats: text for people, or one JSON object per line for programs. Bearer tokens are always redacted.

Clients sometimes send a token where it doesn't belong, such as in a path or as a host. Every log passes through here,
the access log and Django's included.
"""

import json
import logging
from datetime import UTC, datetime
from typing import Any

from apikeys.crypto.secret_scanning import redact


class Sentences(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


class JsonLines(logging.Formatter):
    """`at`, `level`, `logger`, `message`, and the extra fields of a record that `FIELDS` names."""

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
        return redact(json.dumps(line, ensure_ascii=False, default=str))


FORMATTERS: dict[str, type[logging.Formatter]] = {"text": Sentences, "json": JsonLines}


def configuration(chosen: str) -> dict[str, Any]:
    """Return Django's LOGGING: everything goes to the console, in the chosen format."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"chosen": {"()": FORMATTERS[chosen]}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "chosen"}},
        "root": {"handlers": ["console"], "level": "INFO"},
        "loggers": {
            "django": {"handlers": [], "propagate": True},
            "django.server": {"handlers": [], "propagate": True},
        },
    }
