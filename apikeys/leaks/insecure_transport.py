"""Reject plain http on a server that uses https."""

from django.conf import settings

from apikeys.http.errors import InsecureTransport
from apikeys.http.request import ApiRequest
from apikeys.leaks import detection


def check_transport(request: ApiRequest) -> None:
    """Reject plain http from other machines if this server uses https. A bearer token that was sent has leaked."""
    address = request.client_ip.address
    if not settings.HTTPS or request.is_secure() or (address is not None and address.is_loopback):
        return
    detection.pause_key_sent_on_plain_http(request.call)
    raise InsecureTransport
