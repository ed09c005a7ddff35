"""Reject request heads that gunicorn's parser accepts, but that two servers could understand differently."""

from typing import Any

from gunicorn.http.errors import InvalidHeader

ONCE = ("HOST", "CONTENT-TYPE")


def check_head(req: Any) -> None:
    """Raise InvalidHeader for a duplicate Host or Content-Type, and for HTTP/1.1 without a Host."""
    names = [name for name, _ in req.headers]
    for name in ONCE:
        if names.count(name) > 1:
            raise InvalidHeader(name, req=req)
    if req.version >= (1, 1) and not dict(req.headers).get("HOST"):
        raise InvalidHeader("HOST", req=req)
