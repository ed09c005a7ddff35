"""Decorators for the trader's pages: sign-in, methods, and caching."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from apikeys.network.client_ip import ClientIP

P = ParamSpec("P")
T = TypeVar("T")

FEEDBACK = ("preview", "networks-check", "first-request")  # parts of open forms that htmx fills

get_or_post = require_http_methods(["GET", "HEAD", "POST"])


class PageRequest(HttpRequest):
    """A request to a page, after the middleware. The user is signed in, unless the view allows anyone."""

    user: User
    htmx: HtmxDetails
    client_ip: ClientIP


PageView = Callable[Concatenate[PageRequest, P], HttpResponseBase]


def page(view: PageView[P]) -> PageView[P]:
    """Keep account data out of caches, and keep whole pages and htmx fragments apart in them."""
    return never_cache(vary_on_headers("HX-Request", "HX-Target")(view))


def session_ended(request: PageRequest) -> HttpResponse:
    """Lead from an open page to the sign-in page, and from there to what was asked for: the form, if it was one."""
    if request.htmx.target in FEEDBACK:
        return HttpResponse(status=204)  # the form that is being filled in stays
    here = request.path if request.htmx.target == "modal" else request.htmx.current_url_abs_path or request.path
    return HttpResponseClientRedirect(f"{redirect_to_login(here).url}&ended=1")


def signed_in(view: PageView[P]) -> PageView[P]:
    @wraps(view)
    def guarded(request: PageRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        if request.htmx:  # htmx would swap the sign-in page into the modal if this were a redirect
            return session_ended(request)
        return redirect_to_login(request.get_full_path())

    return page(guarded)
