"""The addresses of Orderly's WebSocket streams, which this venue doesn't have yet."""

import secrets

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from apikeys.http import responses
from apikeys.http.errors import NotOffered

MESSAGE = "WebSocket streams are not served here. Ask for the same over HTTP, under /v1/."


@csrf_exempt
@never_cache
def not_offered(request: HttpRequest, path: str) -> HttpResponse:
    """Reject a connection. WebSocket clients show the body or the status line, so both say why."""
    answer = responses.failure(NotOffered(MESSAGE), secrets.token_hex(8))
    answer.reason_phrase = MESSAGE
    return answer
