"""Decorators for the trader's pages: sign-in, methods, and caching."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from apikeys.network.client_ip import ClientIP

P = ParamSpec("P")
T = TypeVar("T")

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


def signed_in(view: PageView[P]) -> PageView[P]:
    @wraps(view)
    def guarded(request: PageRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        if request.htmx:  # htmx would swap the sign-in page into the modal if this were a redirect
            here = request.htmx.current_url_abs_path or request.path
            return HttpResponseClientRedirect(redirect_to_login(here).url)
        return redirect_to_login(request.get_full_path())

    return page(guarded)
