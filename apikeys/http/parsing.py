"""Read a request's query or JSON body strictly into a typed struct.

Reads ignore unknown names, because clients send more than is documented. Requests that place or change something reject
them, because ignoring one would do something else than was asked. What could be read in two ways is rejected, too: a
repeated name, NaN, a number too large for any column, a lone surrogate.
"""

import json
import re
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, NoReturn, TypeVar, cast
from urllib.parse import unquote_to_bytes

import msgspec
from django.http import HttpRequest

from apikeys.http import unknown_fields
from apikeys.http.errors import BadParameter
from apikeys.http.request import READING

T = TypeVar("T", bound=msgspec.Struct)

MOST_BRACKETS = 200  # a batch of ten orders has 22; no real request is nested deeper
LONGEST_NUMBER = 32  # characters
LONGEST_KEY = 18  # digits of a row's number
LARGEST_EXPONENT = 18
LARGEST_INTEGER = 2**63 - 1
DECIMAL_PLACES = 18
_MISSING = re.compile("missing required field `([^`]+)`")  # msgspec's words
_SURROGATE = re.compile("[\ud800-\udfff]")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", re.ASCII)


def read_body(request: HttpRequest, into: type[T], *, tolerant: bool = False) -> T:
    """Read a JSON object. `tolerant` ignores unknown fields. Raises BadParameter, naming the field."""
    raw = request.body
    if raw.count(b"[") + raw.count(b"{") > MOST_BRACKETS:
        raise BadParameter("The body is nested too deeply or too long.", field="body")
    try:
        content = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_object,
            parse_float=_decimal,
            parse_int=_integer,
            parse_constant=_no_constant,
        )
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise BadParameter(f"The body is not valid JSON in UTF-8: {error}.", field="body") from None
    if not isinstance(content, dict):
        raise BadParameter("The body must be a JSON object.", field="body")
    return _convert(content, into, strict=True) if tolerant else read_content(content, into)


def read_content(content: dict[str, Any], into: type[T]) -> T:
    """Read an object inside a body that was parsed before. Raises BadParameter, naming the field."""
    struct = _convert(content, into, strict=True)
    unknown_fields.check(content, into)
    return struct


def read_query(request: HttpRequest, into: type[T]) -> T:
    """Read the query string. A `+` is a plus here, as in the text that clients sign.

    Raises BadParameter, naming the parameter; an unknown one only where the request changes something.
    """
    content: dict[str, str] = {}
    for name, value in split_query(request.META.get("QUERY_STRING", "")):
        if name in content:
            raise BadParameter(f"{name} is given twice.", field=name)
        content[name] = value
    struct = _convert(content, into, strict=False)
    if request.method not in READING:
        unknown_fields.check(content, into)
    return struct


def primary_key(text: str) -> int | None:
    """Read a row's number. Returns None for any other text, and for a number that is too large."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_KEY else None


def split_query(query: str) -> list[tuple[str, str]]:
    """Split a raw query into decoded pairs; a bare name has an empty value."""
    pairs = [part.partition("=") for part in query.split("&") if part]
    return [(_unquote(name), _unquote(value)) for name, _, value in pairs]


def _unquote(text: str) -> str:
    try:
        return _text(unquote_to_bytes(text).decode("utf-8"))
    except UnicodeDecodeError:
        raise BadParameter("The query is not valid UTF-8.", field="query") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content: dict[str, Any] = {}
    for name, value in pairs:
        if name in content:
            raise BadParameter(f"{_text(name)} is given twice.", field=name)
        content[_text(name)] = _checked(value)
    return content


def _checked(value: Any) -> Any:
    """Check a value's text, and that of a list's entries; objects have checked theirs."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list):
        for entry in value:
            _checked(entry)
    return value


def _text(value: str) -> str:
    if "\0" in value or not (value.isascii() or _SURROGATE.search(value) is None):
        raise BadParameter("Text can’t contain NUL or half of a surrogate pair.", field="body")
    return value


def _decimal(literal: str) -> Decimal:
    if len(literal) > LONGEST_NUMBER:
        raise BadParameter("A number is too long.", field="body")
    try:
        return _bounded(Decimal(literal), "body")
    except InvalidOperation:
        raise BadParameter(f"{literal} is not a number within bounds.", field="body") from None


def _integer(literal: str) -> int:
    if len(literal) > LONGEST_NUMBER:
        raise BadParameter("A number is too long.", field="body")
    return int(literal)


def _no_constant(literal: str) -> NoReturn:
    raise BadParameter(f"{literal} is not a number.", field="body")


def _convert(content: dict[str, Any], into: type[T], *, strict: bool) -> T:
    if whole := _integer_fields(into) & content.keys():
        content = content | {name: _as_integer(content[name], name) for name in whole}
    try:
        struct = msgspec.convert(content, into, strict=strict)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$")
        field = path.rstrip("`").lstrip(".")
        if missing := _MISSING.search(message):
            field = f"{field}.{missing[1]}".lstrip(".")
            message = "It is required"
        raise BadParameter(f"{field or 'body'}: {message.replace('`', '')}.", field=field or "body") from None
    _check_numbers(struct, content)
    return struct


@cache
def _integer_fields(into: type[msgspec.Struct]) -> frozenset[str]:
    """Name the fields that take a whole number and no text."""
    fields = msgspec.structs.fields(into)
    return frozenset(field.encode_name for field in fields if _is_integer(msgspec.inspect.type_info(field.type)))


def _is_integer(kind: msgspec.inspect.Type) -> bool:
    kinds = kind.types if isinstance(kind, msgspec.inspect.UnionType) else (kind,)
    return {type(each) for each in kinds} - {msgspec.inspect.NoneType} == {msgspec.inspect.IntType}


def _as_integer(value: object, field: str) -> int | None:
    """Read a whole number however it is written: clients write 5.0 and "5" for five. Raises BadParameter."""
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    if isinstance(value, str) and len(value) <= LONGEST_NUMBER and _NUMBER.fullmatch(value):
        value = Decimal(value)
    if isinstance(value, Decimal) and value.adjusted() <= LARGEST_EXPONENT and value == value.to_integral_value():
        return int(value)
    raise BadParameter(f"{field}: it must be a whole number.", field=field)


def _check_numbers(struct: msgspec.Struct, content: dict[str, Any], path: str = "") -> None:
    for name in struct.__struct_fields__:
        value, field = getattr(struct, name), f"{path}{name}"
        if isinstance(value, Decimal):
            _plain(content.get(name), field)
            _bounded(value, field)
        elif isinstance(value, int) and abs(value) > LARGEST_INTEGER:
            raise BadParameter(f"{field}: not a number within bounds.", field=field)
        elif isinstance(value, list):
            for index, entry in enumerate(value):
                if isinstance(entry, msgspec.Struct):
                    _check_numbers(entry, content[name][index], f"{field}[{index}].")


def _plain(written: object, field: str) -> None:
    """Reject what Decimal accepts and JSON doesn't: digits of other scripts, underscores, spaces."""
    if isinstance(written, str) and (len(written) > LONGEST_NUMBER or not _NUMBER.fullmatch(written)):
        raise BadParameter(f"{field}: not a number of at most {LONGEST_NUMBER} characters.", field=field)


def _bounded(value: Decimal, field: str) -> Decimal:
    if not value.is_finite() or abs(value.adjusted()) > LARGEST_EXPONENT:
        raise BadParameter(f"{field}: not a number within bounds.", field=field)
    if -cast(int, value.as_tuple().exponent) > DECIMAL_PLACES:
        raise BadParameter(f"{field}: more than {DECIMAL_PLACES} decimal places.", field=field)
    return value
