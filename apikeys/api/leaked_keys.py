"""The endpoint for reporting a leaked secret, which anyone can use."""

import msgspec
from django.http import HttpResponse

from apikeys.http import responses
from apikeys.http.endpoints import public
from apikeys.http.errors import BadParameter
from apikeys.http.parsing import read_body
from apikeys.http.request import ApiRequest
from apikeys.leaks.reports import LONGEST_REPORT, THANKS, receive


class LeakedKey(msgspec.Struct):
    secret: str


@public
def report_leaked_key(request: ApiRequest) -> HttpResponse:
    secret = read_body(request, LeakedKey, tolerant=True).secret  # a report counts, whatever other fields it has
    if len(secret) > LONGEST_REPORT:
        raise BadParameter(f"secret: at most {LONGEST_REPORT} characters.", field="secret")
    receive(secret, request.client_ip)
    return responses.success({"message": THANKS})
