import os
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.core.wsgi import get_wsgi_application

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "perptools.settings")
_django = get_wsgi_application()
_CHARSET = re.compile(r";\s*charset\*?\s*=[^;]*", re.IGNORECASE)


def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Hand a request to Django, without the charset it claims: everything here is UTF-8.

    Django would read the query by that charset before any middleware, and fail where it is none for text.
    """
    environ["CONTENT_TYPE"] = _CHARSET.sub("", environ.get("CONTENT_TYPE", ""))
    return _django(environ, start_response)
