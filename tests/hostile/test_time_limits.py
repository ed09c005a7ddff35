"""Every input is read in linear time: each pattern, field and header in the code.

They are read from the code, so new ones are included. Only this process's time is counted, whatever the machine does.
"""

import ast
import importlib
import inspect
import pkgutil
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from ipaddress import ip_network
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
from django import forms
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import get_resolver
from pytest_django import Settings

import apikeys
import perptools
from apikeys.http.errors import ApiError
from apikeys.http.parsing import read_body, read_query
from perptools.trading.api import order_schemas, request_schemas
from tests.hostile.test_other_users_objects import address, patterns
from tests.support.browser_client import TraderBrowser
from tests.support.factories import BOTH, make_key
from tests.support.hostile_text import texts_against

pytestmark = pytest.mark.django_db

PATTERN_SECONDS = 0.4
SECONDS = 1.0  # of this process, for what takes milliseconds in linear time
LONGEST_HEADER, LONGEST_TARGET, LONGEST_FIELD, LONGEST_BODY = 8_000, 4_000, 7_900, 900_000  # characters
DIGITS = ["1", "1_", "9.", ".", "-", "+", "e9", "0x", "1,", "٣"]
ADDRESSES = [":", "0:", "/", "203.0.113.7,", "a@"]
ESCAPES = ["%", "%25", "%2525", "\\", "=?", "&", "a=", "=", ";", "; a", ",", '"', "<"]
SECRETS = ["ptk_", "ptk_a", "z", "ed25519:"]
TEXTS = ["é", "\u0301", " ", "\t", "[", "{"]
UNITS = [*DIGITS, *ADDRESSES, *ESCAPES, *SECRETS, *TEXTS]
READ_BY_DJANGO = ["CONTENT_LENGTH", "CONTENT_TYPE", "HTTP_ACCEPT_ENCODING", "HTTP_COOKIE", "HTTP_HOST", "HTTP_ORIGIN"]


def modules() -> Iterator[ModuleType]:
    for package in (apikeys, perptools):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations" not in found.name and ".management" not in found.name:
                yield importlib.import_module(found.name)


MODULES = list(modules())
SOURCES = {module.__name__: Path(inspect.getfile(module)).read_text() for module in MODULES}
PATTERNS = {
    (name, value.pattern): value
    for module in MODULES
    for name, value in vars(module).items()
    if isinstance(value, re.Pattern)
}
HEADERS = sorted({found for source in SOURCES.values() for found in re.findall(r"\bHTTP_[A-Z_]+\b", source)})
STRUCTS = [
    value
    for value in [*vars(order_schemas).values(), *vars(request_schemas).values()]
    if isinstance(value, type) and issubclass(value, msgspec.Struct) and value is not msgspec.Struct
]


def seconds(act: Callable[..., object], *given: Any, **named: Any) -> float:
    started = time.process_time()
    act(*given, **named)
    return time.process_time() - started


def long_text(unit: str, characters: int) -> str:
    return unit * (characters // len(unit)) + "x"


# -- Patterns -------------------------------------------------------------------------------------------------------


def verbs_of(name: str) -> set[str]:
    """Return how the code uses a pattern: `fullmatch` tries one position, `search` and others try each."""
    return {verb for source in SOURCES.values() for verb in re.findall(rf"\b{name}\.(\w+)\(", source)}


@pytest.mark.parametrize("name", sorted({name for name, _ in PATTERNS}))
def test_every_pattern_takes_linear_time(name: str) -> None:
    whole = verbs_of(name) <= {"fullmatch", "match"}
    for pattern in [pattern for (named, _), pattern in PATTERNS.items() if named == name]:
        for text in texts_against(pattern):
            took = seconds(pattern.fullmatch, text) if whole else seconds(pattern.sub, text[:0], text)
            assert took < PATTERN_SECONDS, (pattern.pattern, text[:60])


def test_backtracking_pattern_would_be_found() -> None:
    numbers = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")  # an earlier version
    assert any(seconds(numbers.fullmatch, text) > PATTERN_SECONDS for text in texts_against(numbers))


def test_every_pattern_has_a_name() -> None:
    """A pattern without a name would escape the tests."""
    unnamed = [(name, call.lineno) for name, source in SOURCES.items() for call in calls_of_re(ast.parse(source))]
    assert unnamed == []


def calls_of_re(module: ast.Module) -> Iterator[ast.Call]:
    named = {id(statement.value) for statement in module.body if isinstance(statement, ast.Assign)}
    for node in ast.walk(module):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="re"), attr=verb)) if verb != "escape":
                if id(node) not in named:
                    yield node


# -- What an API call says ------------------------------------------------------------------------------------------


def is_read(read: Callable[[HttpRequest, type], object], request: HttpRequest, into: type) -> None:
    with suppress(ApiError):
        read(request, into)


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda struct: struct.__name__)
def test_every_field_of_a_request_is_read_in_linear_time(struct: type[msgspec.Struct]) -> None:
    factory = RequestFactory()
    for unit in UNITS:
        for field in struct.__struct_fields__:
            written = msgspec.json.encode({field: long_text(unit, LONGEST_BODY // 2)})
            body = factory.post("/v1/x", written, content_type="application/json")
            assert seconds(is_read, read_body, body, struct) < SECONDS, (field, unit)
            query = factory.get(f"/v1/x?{urlencode({field: long_text(unit, LONGEST_TARGET)})}")
            assert seconds(is_read, read_query, query, struct) < SECONDS, (field, unit)


@pytest.mark.parametrize("unit", UNITS)
def test_bodies_and_queries_are_read_in_linear_time(unit: str) -> None:
    factory = RequestFactory()
    text = long_text(unit, LONGEST_BODY // len(unit.encode()))
    for raw in (text, '{"order_price":' + text, '{"order_price":"' + text, '{"symbol":"' + text, "[" * 190 + text):
        request = factory.post("/v1/x", raw.encode(), content_type="application/json")
        assert seconds(is_read, read_body, request, order_schemas.PlaceOrder) < SECONDS, raw[:40]
    request = factory.get("/v1/x")
    request.META["QUERY_STRING"] = long_text(unit, LONGEST_TARGET)
    assert seconds(is_read, read_query, request, request_schemas.ListOrders) < SECONDS


@pytest.mark.parametrize("kind", ["signing", "bearer"])
def test_long_request_is_answered_in_linear_time(kind: str) -> None:
    client = make_key(permissions=BOTH, kind=kind).client()
    for unit in UNITS:
        body = long_text(unit, LONGEST_BODY // len(unit.encode())).encode()
        assert seconds(client.post, "/v1/order", body) < SECONDS, unit


# -- What any request says ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("header", sorted({*HEADERS, *READ_BY_DJANGO}))
def test_every_header_is_read_in_linear_time(header: str, settings: Settings) -> None:
    settings.TRUSTED_PROXIES = (ip_network("127.0.0.1/32"),)
    client = Client(raise_request_exception=False)
    for unit in UNITS:
        text = long_text(unit, LONGEST_HEADER // len(unit.encode()))
        sent = {header: text.encode().decode("latin-1")}  # as in WSGI
        for path in ("/v1/whoami", "/account/login/"):
            assert seconds(client.get, path, **sent) < SECONDS, (path, unit)


# -- What a form says -----------------------------------------------------------------------------------------------

PAGES = sorted(
    route
    for route in patterns(get_resolver())
    if re.match("portfolio/|guide|report|account/", route) and not re.search(r"\^|uuid|<str:|<key>|logout", route)
)


def fields_of_every_form(base: type[forms.BaseForm] = forms.BaseForm) -> set[str]:
    names = set(getattr(base, "base_fields", ()))
    return names.union(*map(fields_of_every_form, base.__subclasses__()))


@pytest.mark.parametrize("route", PAGES)
def test_every_form_is_read_in_linear_time(route: str) -> None:
    issued = make_key()
    ids = {"key_id": issued.key.pk, "session_id": 1, "order_id": 1}
    browser = TraderBrowser(issued.key.account.user)
    browser.http.raise_request_exception = False
    for unit in UNITS[::4]:
        fields = dict.fromkeys(fields_of_every_form(), long_text(unit, LONGEST_FIELD))
        assert seconds(browser.post, address(route, ids), fields) < 2 * SECONDS, unit
