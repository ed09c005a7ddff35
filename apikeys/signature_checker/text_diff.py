"""Find where two texts first differ, and show it with invisible characters made visible (no Django)."""

import unicodedata
from dataclasses import dataclass
from itertools import takewhile

AROUND = 24  # characters shown before and after the difference

_NAMED = {" ": "␣", "\n": "⏎", "\r": "␍", "\t": "⇥"}
END = "the text ends here"


@dataclass(frozen=True, slots=True)
class Difference:
    """`position` counts from 1. `before` is the common part; then each has its character and what follows it."""

    position: int
    before: str
    expected: str
    expected_after: str
    found: str
    found_after: str


def visible(text: str) -> str:
    """Write a text so that each character is visible. Spaces between words stay."""
    return "".join(character if character == " " else _shown(character) for character in text)


def first_difference(expected: str, found: str) -> Difference:
    at = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(expected, found, strict=False)))
    return Difference(
        position=at + 1,
        before=visible(expected[max(0, at - AROUND) : at]),
        expected=_marked(expected[at : at + 1]),
        expected_after=visible(expected[at + 1 : at + 1 + AROUND]),
        found=_marked(found[at : at + 1]),
        found_after=visible(found[at + 1 : at + 1 + AROUND]),
    )


def _marked(character: str) -> str:
    return _NAMED.get(character, _shown(character)) if character else END


def _shown(character: str) -> str:
    if character in _NAMED and character != " ":
        return _NAMED[character]
    if unicodedata.category(character)[0] in "CZ" and character != " ":
        return f"‹U+{ord(character):04X}›"
    return character
