"""Texts for which a backtracking pattern takes quadratic time, or more."""

import re
from collections.abc import Iterator
from itertools import islice, product
from typing import Any, AnyStr

LENGTH = 12_000  # characters: a millisecond in linear time, seconds in quadratic time
MOST_CHARACTERS = 14
_parser = re._parser  # type: ignore[attr-defined]  # the one way to see what a pattern is made of
_constants = re._constants  # type: ignore[attr-defined]


def texts_against(pattern: re.Pattern[AnyStr]) -> Iterator[AnyStr]:
    """Yield repetitions of the pattern's characters after each beginning of a match, with an end that can't match."""
    tree = _parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG)
    is_text = isinstance(pattern.pattern, str)
    characters = list(islice(dict.fromkeys(_characters(tree)), MOST_CHARACTERS)) or ["a"]
    units = [*characters, *map("".join, product(characters, repeat=2))]
    sample = _sample(tree)
    beginnings = {"", sample, *(sample[:length] for length in range(1, min(len(sample), 40), 3))}
    for beginning, unit in product(sorted(beginnings), units):
        text = beginning + unit * (LENGTH // len(unit)) + "\0"
        yield text if is_text else text.encode("latin-1")  # type: ignore[misc]


def _characters(tree: Any) -> Iterator[str]:
    """Return characters that the pattern accepts: those it names, and one of each class."""
    for operation, argument in tree:
        if operation is _constants.LITERAL:
            yield chr(argument)
        elif operation is _constants.NOT_LITERAL:
            yield "a" if chr(argument) != "a" else "b"
        elif operation is _constants.IN:
            yield from _of_class(argument)
        elif operation is _constants.ANY:
            yield "a"
        else:
            for inner in _inner(argument):
                yield from _characters(inner)


def _of_class(members: Any) -> Iterator[str]:
    if members[0][0] is _constants.NEGATE:
        yield "a"
        yield "1"
        yield "."
        members = members[1:]
    for operation, argument in members:
        if operation is _constants.LITERAL:
            yield chr(argument)
        elif operation is _constants.RANGE:
            yield chr(argument[0])
        elif operation is _constants.CATEGORY:
            yield {_constants.CATEGORY_DIGIT: "1", _constants.CATEGORY_SPACE: " "}.get(argument, "a")


def _inner(argument: Any) -> Iterator[Any]:
    """Return the patterns within a part of a pattern."""
    if isinstance(argument, _parser.SubPattern):
        yield argument
    elif isinstance(argument, list | tuple):
        for part in argument:
            yield from _inner(part)


def _sample(tree: Any) -> str:
    """Return a shortest beginning of a matching text."""
    text = ""
    for operation, argument in tree:
        if operation in (_constants.MAX_REPEAT, _constants.MIN_REPEAT):
            least, _, repeated = argument
            text += _sample(repeated) * max(least, 1)
        elif operation is _constants.SUBPATTERN:
            text += _sample(argument[-1])
        elif operation is _constants.BRANCH:
            text += _sample(argument[1][0])
        elif operation not in (_constants.ASSERT, _constants.ASSERT_NOT, _constants.AT, _constants.GROUPREF):
            text += next(_characters([(operation, argument)]), "")
    return text
