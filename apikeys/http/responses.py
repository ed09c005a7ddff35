"""The two forms of an API response: `{"success": true, "data": …}` and `{"success": false, "code": …}`."""

import time
from collections.abc import Sequence
from typing import Any

import msgspec
from django.conf import settings
from django.http import HttpResponse

from apikeys.http.errors import ApiError

# Amounts are Decimal in the code and numbers on the wire: clients do arithmetic on them.
_encode = msgspec.json.Encoder(decimal_format="number").encode
JSON = "application/json"


def success(data: Any) -> HttpResponse:
    """Answer 200 with `data` (an object) in the envelope, and the server's time in ms."""
    return HttpResponse(_encode({"success": True, "timestamp": now_ms(), "data": data}), content_type=JSON)


def bare(content: dict[str, Any]) -> HttpResponse:
    """Answer 200 with an object alone, for clients of another protocol."""
    return HttpResponse(_encode(content), content_type=JSON)


def rows(items: Sequence[Any], **more: Any) -> HttpResponse:
    """Answer a list: `data.rows`, with `meta` or totals beside it."""
    return success({"rows": items, **more})


def page(items: Sequence[Any], *, total: int, size: int, number: int) -> HttpResponse:
    """Answer one page of a list; pages count from 1."""
    return rows(items, meta={"total": total, "records_per_page": size, "current_page": number})


class Failure(HttpResponse):
    """The answer to a request that failed, with the error's reason."""

    reason: str


def failure(error: ApiError, request_id: str) -> Failure:
    """Answer an error. Its details are what the key's holder needs to fix the request."""
    body = {
        "success": False,
        "code": error.code,
        "message": error.text,
        "timestamp": now_ms(),
        "reason": error.reason,
        "request_id": request_id,
        "help": help_url(error.reason),
        **error.details,
    }
    response = Failure(_encode(body), status=error.status, content_type=JSON, headers=error.headers)
    response.reason = error.reason
    if error.status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="PERPTools"'
    return response


def help_url(reason: str) -> str:
    return f"{settings.PUBLIC_URL}/guide#{reason}"


def now_ms() -> int:
    return time.time_ns() // 1_000_000
