"""The contenders, and their requests."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import count
from typing import Any

from django.apps import apps
from django.core.handlers.wsgi import WSGIHandler
from django.test import override_settings

from apikeys.crypto import credentials
from apikeys.usage import recorder as usage_recorder
from perptools.wsgi import application as product
from tests.benchmarks.fixtures import Cast
from tests.support.api_clients import ApiClient, BearerClient

Environ = dict[str, Any]
Application = Callable[[Environ, Any], Iterable[bytes]]

USUAL_STACK = [  # as in `django-admin startproject`
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
_numbers = count(1)


@dataclass(frozen=True)
class Contender:
    """Something that answers requests. `requests` creates them, which isn't measured."""

    name: str
    application: Application
    requests: Callable[[int], list[Environ]]
    status: str = "200"

    def answer(self, requests: Iterable[Environ]) -> None:
        for environ in requests:
            response = self.application(environ, self._start)
            for _ in response:
                pass
            if hasattr(response, "close"):  # required by WSGI
                response.close()

    def _start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        assert status.startswith(self.status), f"{self.name} answered {status}"


def contenders(cast: Cast) -> list[Contender]:
    return [*django(), *reads(cast), *rejections(cast), *writes(cast), *pages(cast), *peers(cast)]


def django() -> Iterator[Contender]:
    yield Contender("bare Django view", stack([]), get("/bare"))
    yield Contender("bare view in the usual stack", stack(USUAL_STACK), get("/bare"))


def reads(cast: Cast) -> Iterator[Contender]:
    for networks, token in cast.tokens.items():
        name = f"{networks} networks" if networks != "1" else "1 network"
        yield Contender(f"bearer token, {name}", product, get("/v1/still", BearerClient(token)))
    yield Contender("bearer token, use not counted", uncounted, get("/v1/still", BearerClient(cast.tokens["0"])))
    yield Contender("signing key", product, get("/v1/still", cast.signed()))
    yield Contender("balance from the database", product, get("/v1/client/holding", BearerClient(cast.tokens["0"])))


def uncounted(environ: Environ, start_response: Any) -> Iterable[bytes]:
    """The product without counting usage, to see what that costs."""
    counting, usage_recorder.count = usage_recorder.count, lambda *_, **__: None
    try:
        return product(environ, start_response)
    finally:
        usage_recorder.count = counting


def rejections(cast: Cast) -> Iterator[Contender]:
    token = cast.tokens["0"]
    for name, presented in {
        "malformed token": token[:-1] + "!",
        "unknown token": with_checksum("ptk_" + "z" * 16 + token[20:-6]),
        "wrong token": with_checksum(token[:21] + token[21:-6][::-1]),
    }.items():
        yield Contender(f"refusing a {name}", product, get("/v1/still", BearerClient(presented)), "401")


def with_checksum(body: str) -> str:
    return body + credentials.checksum(body)


def writes(cast: Cast) -> Iterator[Contender]:
    yield Contender("order, bearer token", product, orders(BearerClient(cast.trading_token)))
    yield Contender("order, signing key", product, orders(cast.signed()))


def pages(cast: Cast) -> Iterator[Contender]:
    for keys, session in cast.sessions.items():
        cookie = {"HTTP_COOKIE": f"session={session}", "HTTP_ACCEPT": "text/html"}
        yield Contender(f"key list, {keys} keys", product, get("/portfolio/api-keys/", **cookie))
        if keys >= 100:
            yield Contender(
                "key list, 100 rows", product, get("/portfolio/api-keys/", QUERY_STRING="size=100", **cookie)
            )
        yield Contender(f"Review, {keys} keys", product, get("/portfolio/api-keys/review/", **cookie))


def peers(cast: Cast) -> Iterator[Contender]:
    for name, path, authorization in (
        ("djangorestframework-api-key", "drf-api-key", f"Api-Key {cast.peers.get('rest_framework_api_key')}"),
        ("DRF authtoken", "authtoken", f"Token {cast.peers.get('authtoken')}"),
        ("django-ninja with a key lookup", "ninja", f"Bearer {cast.peers.get('ninja')}"),
        ("django-rest-knox", "knox", f"Token {cast.peers.get('knox')}"),
        (
            "djangorestframework-api-key, balance",
            "drf-api-key-balance",
            f"Api-Key {cast.peers.get('rest_framework_api_key')}",
        ),
    ):
        if apps.is_installed("rest_framework_api_key"):
            request = get(f"/peers/{path}", HTTP_AUTHORIZATION=authorization)
            yield Contender(f"{name}, no middleware", stack([]), request)
            yield Contender(f"{name}, usual stack", stack(USUAL_STACK), request)


def stack(middleware: list[str]) -> Application:
    with override_settings(MIDDLEWARE=middleware):
        handler: Application = WSGIHandler()
    return handler


# -- Requests ----------------------------------------------------------------------------------------------------------


def get(target: str, client: ApiClient | None = None, **meta: str) -> Callable[[int], list[Environ]]:
    signer = client or ApiClient()
    return lambda times: [
        environ("GET", target, **named(signer.headers_for("GET", target, b"")), **meta) for _ in range(times)
    ]


def orders(client: ApiClient) -> Callable[[int], list[Environ]]:
    """Yield different market orders that together leave the position unchanged."""

    def make(times: int) -> list[Environ]:
        made = []
        for _ in range(times):
            number = next(_numbers)
            body = json.dumps(order(number)).encode()
            headers = named(client.headers_for("POST", "/v1/order", body))
            made.append(environ("POST", "/v1/order", body, **headers))
        return made

    return make


def order(number: int) -> dict[str, str]:
    return {
        "symbol": "PERP_BTC_USDC",
        "side": ("BUY", "SELL")[number % 2],
        "order_type": "MARKET",
        "order_quantity": "0.001",
        "client_order_id": f"order-{number}",
    }


def named(headers: dict[str, str]) -> dict[str, str]:
    return {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}


def environ(method: str, target: str, body: bytes = b"", **meta: str) -> Environ:
    """Return a request as gunicorn passes it on."""
    path, _, query = target.partition("?")
    return {
        "wsgi.errors": None,
        "wsgi.version": (1, 0),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.input": BytesIO(body),
        "wsgi.input_terminated": True,
        "wsgi.url_scheme": "http",
        "SERVER_SOFTWARE": "gunicorn/25.3.0",
        "REQUEST_METHOD": method,
        "QUERY_STRING": query,
        "RAW_URI": target,
        "PATH_INFO": path,
        "SCRIPT_NAME": "",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "REMOTE_ADDR": "127.0.0.1",
        "REMOTE_PORT": "50000",
        "HTTP_HOST": "127.0.0.1:8000",
        "HTTP_USER_AGENT": "python-requests/2.34.2",
        "HTTP_ACCEPT_ENCODING": "gzip, deflate",
        "HTTP_ACCEPT": "*/*",
        "HTTP_CONNECTION": "keep-alive",
        "CONTENT_TYPE": "application/json" if body else "",
        "CONTENT_LENGTH": str(len(body)) if body else "",
        **meta,
    }
