"""Declare which access an API view requires.

    path("order", endpoint(POST=place_order, DELETE=cancel_order))

    @requires(Permission.TRADING)
    def place_order(request: ApiRequest) -> HttpResponse: ...

A request is admitted to a view for exactly what the view declares. The view checks this again, so that it can't be
reached in any other way.
"""

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, cast

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver

from apikeys.crypto.request_signing import API_PATH
from apikeys.http.errors import MethodNotAllowed, Unauthorized
from apikeys.http.request import ApiRequest
from apikeys.permissions import Access, Permission, RequiredAccess

P = ParamSpec("P")
View = Callable[Concatenate[ApiRequest, P], HttpResponse]


class ApiView(Protocol):
    required: RequiredAccess

    def __call__(self, request: ApiRequest, *args: Any, **kwargs: Any) -> HttpResponse: ...


def _declare(required: RequiredAccess) -> Callable[[View[P]], ApiView]:
    def decorate(view: View[P]) -> ApiView:
        @wraps(view)
        def guarded(request: ApiRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if getattr(request, "admitted_for", None) is not required:
                raise Unauthorized
            return view(request, *args, **kwargs)

        declared = cast(ApiView, guarded)
        declared.required = required
        return declared

    return decorate


def requires(permission: Permission) -> Callable[[View[P]], ApiView]:
    """Require a key with this permission."""
    return _declare(permission)


any_key = _declare(Access.ANY_KEY)
public = _declare(Access.PUBLIC)


class Endpoint:
    """A path under /v1/ with a view for each method. HEAD is answered like GET."""

    csrf_exempt = True
    is_offered = True  # False: it only says why something is not offered

    def __init__(self, **views: ApiView) -> None:
        self.views = views

    def view_for(self, method: str | None) -> ApiView:
        try:
            return self.views["GET" if method == "HEAD" else method or ""]
        except KeyError:
            raise MethodNotAllowed(headers={"Allow": ", ".join(sorted(self.views))}) from None

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.view_for(request.method)(cast(ApiRequest, request), *args, **kwargs)


def endpoint(**views: ApiView) -> Endpoint:
    return Endpoint(**views)


def undeclared_views() -> Iterator[str]:
    """Yield each path and method under /v1/ that doesn't declare its required access."""
    for path, callback in api_patterns():
        if not isinstance(callback, Endpoint):
            yield f"/{path}: not an endpoint"
            continue
        for method, view in callback.views.items():
            if not isinstance(getattr(view, "required", None), RequiredAccess):
                yield f"{method} /{path}"


def declared_views() -> Iterator[tuple[str, str, RequiredAccess]]:
    """Yield each path and method that is offered under /v1/, with its required access."""
    for path, callback in api_patterns():
        if isinstance(callback, Endpoint) and callback.is_offered:
            for method, view in callback.views.items():
                yield f"/{path}", method, view.required


def api_patterns() -> Iterator[tuple[str, object]]:
    """Yield each path pattern under /v1/ with its callback."""
    return (entry for entry in _patterns(get_resolver().url_patterns) if f"/{entry[0]}".startswith(API_PATH))


def _patterns(entries: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[tuple[str, object]]:
    for entry in entries:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _patterns(entry.url_patterns, path)
        else:
            yield path, entry.callback
