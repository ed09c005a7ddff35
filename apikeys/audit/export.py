"""Export the audit log as JSON lines or CSV, row by row, so that it can have any length."""

import csv
import json
from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils import timezone

from apikeys.models import KeyEvent

COLUMNS = ("at", "event", "key", "name", "account_id", "by", "address", "reason", "changes")
BYTE_ORDER_MARK = "\ufeff"  # without it Excel takes UTF-8 for the system's own encoding
_ROWS_AT_ONCE = 500
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # how a cell begins that a spreadsheet would work out

ActorLabel = Callable[[KeyEvent], tuple[str, str]]
Row = dict[str, Any]


def export(events: QuerySet[KeyEvent], kind: str, actor_label: ActorLabel) -> StreamingHttpResponse:
    """Answer events as a file to keep; `kind` is `csv` or `jsonl`, and `by` says who did an event, from where."""
    write, content_type = FORMATS[kind]
    rows = (row(event, actor_label) for event in events.select_related("key__account").iterator(_ROWS_AT_ONCE))
    name = f"api-key-events-{timezone.now():%Y%m%d-%H%M%S}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingHttpResponse(write(rows), content_type=content_type, headers=headers)


def row(event: KeyEvent, actor_label: ActorLabel) -> Row:
    key = event.key
    values = (key.public_id, key.name, key.account.account_id, *actor_label(event), event.reason, event.changes)
    return dict(zip(COLUMNS, (event.at.isoformat(), event.kind, *values), strict=True))


def json_lines(rows: Iterator[Row]) -> Iterator[str]:
    for row in rows:
        yield json.dumps(row, ensure_ascii=False) + "\n"


def comma_separated(rows: Iterator[Row]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield BYTE_ORDER_MARK + writer.writerow(COLUMNS)
    for row in rows:
        cells = row | {"changes": json.dumps(row["changes"], ensure_ascii=False) if row["changes"] else ""}
        yield writer.writerow(map(_harmless, cells.values()))


def _harmless(text: str) -> str:
    """Keep spreadsheets from evaluating what someone typed as a name or a reason."""
    return f"'{text}" if text.startswith(_FORMULA) else text


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


FORMATS: dict[str, tuple[Callable[[Iterator[Row]], Iterator[str]], str]] = {
    "csv": (comma_separated, "text/csv; charset=utf-8"),
    "jsonl": (json_lines, "application/jsonl; charset=utf-8"),
}
