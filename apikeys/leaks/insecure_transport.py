"""Plain http, where https is spoken."""

from django.conf import settings

from apikeys.http.errors import InsecureTransport
from apikeys.http.request import ApiRequest
from apikeys.leaks import detection


def check_transport(request: ApiRequest) -> None:
    """Refuse plain http from outside, where https is spoken. A bearer token that came that way is exposed."""
    address = request.client_ip.address
    if not settings.HTTPS or request.is_secure() or (address is not None and address.is_loopback):
        return
    detection.expose_token_on_plain_http(request.call)
    raise InsecureTransport
