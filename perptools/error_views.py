"""The error page for failures."""

import sys

from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.views.defaults import server_error

from apikeys.db import outage


def page(request: HttpRequest) -> HttpResponse:
    """Answer 503 for an outage of the database, otherwise 500. Doesn't use the database."""
    if not outage.is_outage(sys.exc_info()[1]):
        return server_error(request)
    outage.part_with_connection()
    again = {"Retry-After": str(outage.RETRY_SECONDS), "Cache-Control": "no-store"}
    return HttpResponse(loader.render_to_string("503.html"), status=503, headers=again)
