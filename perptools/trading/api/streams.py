"""Where Orderly has its WebSocket streams: who connects is told that none are served here."""

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
    """Reject a connection, in the body and in the status line: WebSocket clients show the one or the other."""
    answer = responses.failure(NotOffered(MESSAGE), secrets.token_hex(8))
    answer.reason_phrase = MESSAGE
    return answer
