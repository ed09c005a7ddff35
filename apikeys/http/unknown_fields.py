"""Reject fields that we would otherwise ignore, and say what to send instead."""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

import msgspec

from apikeys.http.errors import BadParameter

LONGEST_NAME = 40  # characters of a name that are compared and repeated
_CAPITAL = re.compile("[A-Z]")


def check(content: Mapping[str, Any], into: type[msgspec.Struct]) -> None:
    """Raise BadParameter for the first unknown field that isn't null.

    A struct's `INSTEAD` says, by snake_case name, what to send instead of a field that it doesn't have.
    """
    known = into.__struct_fields__
    for name, value in content.items():
        if name not in known and value is not None:
            shown = name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…"
            raise BadParameter(f"{shown}: {_instead(shown, into)}", field=shown)


def _instead(name: str, into: type[msgspec.Struct]) -> str:
    snake = _CAPITAL.sub(lambda capital: f"_{capital[0].lower()}", name).lstrip("_")
    instead: Mapping[str, str] = getattr(into, "INSTEAD", {})
    if snake in instead:
        return instead[snake]
    if similar := _similar(snake, into.__struct_fields__):
        return f"unknown field. Did you mean {similar}?"
    return f"unknown field. This request takes {', '.join(into.__struct_fields__)}."


def _similar(name: str, known: Iterable[str]) -> str | None:
    return next(iter(get_close_matches(name.lower(), known, n=1)), None)
