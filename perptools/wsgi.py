"""The WSGI application: Django's handler, which answers API requests without what only pages need."""

import os
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

import django
from django.core.handlers.wsgi import WSGIHandler

from apikeys.crypto.request_signing import API_PATH
from apikeys.db import driver

if TYPE_CHECKING:
    from _typeshed.wsgi import InputStream, StartResponse, WSGIEnvironment

_CHARSET = re.compile(r";\s*charset\*?\s*=[^;]*", re.IGNORECASE)


class WholeBody:
    """A request body that raises an error if it ends before its Content-Length: half a list of IP addresses must not be
    accepted.

    If the client hangs up, gunicorn passes on what arrived, and Django would take it for the whole body.
    """

    def __init__(self, body: "InputStream") -> None:
        self._body = body

    def read(self, size: int) -> bytes:
        return self._whole(self._body.read(size), size)

    def readline(self, size: int) -> bytes:
        line = self._body.readline(size)
        return line if line.endswith(b"\n") else self._whole(line, size)

    def _whole(self, received: bytes, size: int) -> bytes:
        if len(received) < size:
            raise OSError("The body ended before its length.")
        return received


class Application(WSGIHandler):
    def __call__(  # type: ignore[override]
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer a request with its whole body or none, and ignore the charset it claims.

        Everything is UTF-8 here. Django would decode the query by the claimed charset before any middleware, and fail
        if that isn't a text encoding. Django asks for as many bytes of the body as the Content-Length says, never for
        all there are.
        """
        environ["CONTENT_TYPE"] = _CHARSET.sub("", environ.get("CONTENT_TYPE", ""))
        environ["wsgi.input"] = WholeBody(environ["wsgi.input"])
        if environ.get("PATH_INFO", "").startswith(API_PATH):
            return self.answer_call(environ, start_response)
        return super().__call__(environ, start_response)

    def answer_call(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer an API request with the same middleware, without Django's request signals.

        Only one thing that they do is needed: a failed connection isn't used again. The rest would cost more than the
        gate.
        """
        driver.connection().close_if_unusable_or_obsolete()
        response = self._middleware_chain(self.request_class(environ))  # type: ignore[attr-defined]
        start_response(f"{response.status_code} {response.reason_phrase}", list(response.items()))
        return [response.content]


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "perptools.settings")
django.setup(set_prefix=False)
application = Application()
