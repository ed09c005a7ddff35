"""Fields that several requests share: their types and checks. Checks raise BadParameter."""

import re
from typing import Annotated

from msgspec import Meta

from apikeys.http.errors import BadParameter

Symbol = Annotated[str, Meta(min_length=1, max_length=32)]
Id = Annotated[int, Meta(ge=0)]
Milliseconds = Annotated[int, Meta(ge=0, le=99_999_999_999_999)]
Tag = Annotated[str, Meta(max_length=128)]

MOST_CANCELLED = 100
_CLIENT_ORDER_ID = re.compile("[A-Za-z0-9._:][A-Za-z0-9._:-]{0,35}", re.ASCII)  # needs no escaping in a URL


def check_margin_mode(mode: str | None) -> None:
    if mode not in (None, "CROSS"):
        raise BadParameter("margin_mode: only CROSS is served here.", field="margin_mode")


def check_client_order_id(text: str) -> None:
    if not _CLIENT_ORDER_ID.fullmatch(text):
        allowed = "1 to 36 letters, digits, dots, underscores, colons and hyphens, the first one no hyphen"
        raise BadParameter(f"client_order_id: use {allowed}.", field="client_order_id")


def entries(text: str, field: str) -> list[str]:
    """Split a comma-separated list."""
    found = [entry.strip() for entry in text.split(",")]
    if not all(found) or len(found) > MOST_CANCELLED:
        raise BadParameter(f"{field}: give 1 to {MOST_CANCELLED} ids, separated by commas.", field=field)
    return found


def whole_number(text: str, field: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise BadParameter(f"{field}: not a whole number.", field=field)
    return int(text)
