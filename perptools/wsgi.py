import os
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.core.wsgi import get_wsgi_application

if TYPE_CHECKING:
    from _typeshed.wsgi import InputStream, StartResponse, WSGIEnvironment

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "perptools.settings")
_django = get_wsgi_application()
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


def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Hand a request to Django: with its whole body or none, and without the charset it claims.

    Everything here is UTF-8. Django would read the query by that charset before any middleware, and fail where it is
    none for text. It asks a body for so many bytes as the Content-Length leaves, and never for all there are.
    """
    environ["CONTENT_TYPE"] = _CHARSET.sub("", environ.get("CONTENT_TYPE", ""))
    environ["wsgi.input"] = WholeBody(environ["wsgi.input"])
    return _django(environ, start_response)
