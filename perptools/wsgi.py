"""The WSGI application: Django's handler, which answers API calls without what only pages need."""

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
    """A body that fails where it ends before its Content-Length: the first half of a list of addresses is none.

    gunicorn hands over what came before the client hung up, and Django takes it for all of it.
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
        """Answer a request: with its whole body or none, and without the charset it claims.

        Everything here is UTF-8. Django would read the query by that charset before any middleware, and fail where it
        is none for text. It asks a body for so many bytes as the Content-Length leaves, and never for all there are.
        """
        environ["CONTENT_TYPE"] = _CHARSET.sub("", environ.get("CONTENT_TYPE", ""))
        environ["wsgi.input"] = WholeBody(environ["wsgi.input"])
        if environ.get("PATH_INFO", "").startswith(API_PATH):
            return self.answer_call(environ, start_response)
        return super().__call__(environ, start_response)

    def answer_call(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer an API call by the same middleware, without Django's signals around it.

        Of what they do, a call needs one thing: that a connection which has failed is not used again. The rest would
        cost more than the gate.
        """
        driver.connection().close_if_unusable_or_obsolete()
        response = self._middleware_chain(self.request_class(environ))  # type: ignore[attr-defined]
        start_response(f"{response.status_code} {response.reason_phrase}", list(response.items()))
        return [response.content]


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "perptools.settings")
django.setup(set_prefix=False)
application = Application()
