"""What the trader's pages share: who asks, doing what a form asks, and answering the whole page or what htmx swaps."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRedirect, reswap, retarget, trigger_client_event
from django_htmx.middleware import HtmxDetails

from apikeys.form_parts import PasswordMixin, RefusableForm
from apikeys.key_table import PERMISSIONS, SIZES, SORTS, STATUSES, KeyTable
from apikeys.lifecycle import Actor, RecentSignInRequired
from apikeys.models import Account, ApiKey, ApiKeyQuerySet
from apikeys.networks import Address
from apikeys.recent_sign_in import is_recent

RECENTLY_USED = timedelta(hours=24)


class PageRequest(HttpRequest):
    """A request to a page, as the middleware leaves it. Signed in, unless the view says otherwise."""

    user: User
    htmx: HtmxDetails
    caller: Address | None


P = ParamSpec("P")
T = TypeVar("T")
PageView = Callable[Concatenate[PageRequest, P], HttpResponseBase]


def page(view: PageView[P]) -> PageView[P]:
    """Keep account data out of every cache, and the whole page and its fragments apart."""
    return never_cache(vary_on_headers("HX-Request", "HX-Target")(view))


def signed_in(view: PageView[P]) -> PageView[P]:
    @wraps(view)
    def guarded(request: PageRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        if request.htmx:  # a redirect would swap the sign-in page into the modal
            here = request.htmx.current_url_abs_path or request.path
            return HttpResponseClientRedirect(redirect_to_login(here).url)
        return redirect_to_login(request.get_full_path())

    return page(guarded)


def actor(request: PageRequest) -> Actor:
    return Actor(request.user, str(request.caller or ""), is_recent(request))


def attempt(request: PageRequest, form: RefusableForm, verb: Callable[[Actor], T]) -> T | None:
    """Do what a form asks. None where the form must be shown again: it says why, beside its fields."""
    if not form.is_valid():
        return None
    if isinstance(form, PasswordMixin) and not form.confirms(request):
        return None
    try:
        return verb(actor(request))
    except ValidationError as refusal:
        form.add_refusal(refusal)
    except RecentSignInRequired:
        cast(PasswordMixin, form).require_password()
    return None


def password_is_due(request: PageRequest) -> bool:
    return not is_recent(request)


def posted(request: PageRequest) -> QueryDict | None:
    """What a form is bound to: nothing on the way in, whatever was sent on the way back."""
    return request.POST if request.method == "POST" else None


def table_context(request: PageRequest, query: QueryDict) -> dict[str, Any]:
    keys, now = ApiKey.objects.owned_by(request.user), timezone.now()
    return {
        "active": "keys",
        "now": now,
        "table": KeyTable.read(keys, query, now),
        "sizes": SIZES,
        "sorts": SORTS,
        "statuses": STATUSES,
        "permissions": PERMISSIONS,
        **account_context(request, keys),
    }


def account_context(request: PageRequest, keys: ApiKeyQuerySet) -> dict[str, Any]:
    if not request.user.is_authenticated:
        return {"account": None, "why_not": "Sign in to create API keys."}
    account = Account.objects.get(user=request.user)
    full = keys.live().filter(replaced_at=None).count() >= settings.API_KEYS_PER_ACCOUNT
    why_not = f"An account has at most {settings.API_KEYS_PER_ACCOUNT} keys. Delete one you no longer use."
    return {"account": account, "why_not": why_not if full else ""}


def used_lately(key: ApiKey) -> bool:
    return bool(key.last_used_at and timezone.now() - key.last_used_at < RECENTLY_USED)


def at_table(request: PageRequest) -> bool:
    """Tell whether htmx asks from the page with the table, rather than from a key's own."""
    return urlsplit(request.htmx.current_url_abs_path or "").path == reverse("apikeys:key_list")


def changed(request: PageRequest, message: str) -> HttpResponse:
    """Say that it is done, and show how things are now: in place in the table, else by loading the page anew.

    Where the form was a page of its own, what comes after it is the table.
    """
    messages.success(request, message)
    if not request.htmx:
        return redirect("apikeys:key_list")
    if not at_table(request):
        here = request.htmx.current_url_abs_path or ""
        is_own_page = urlsplit(here).path == request.path
        return HttpResponseClientRedirect(here if here and not is_own_page else reverse("apikeys:key_list"))
    query = QueryDict(urlsplit(request.htmx.current_url or "").query)
    response = render(request, "apikeys/_changed_table.html", table_context(request, query))
    return trigger_client_event(reswap(retarget(response, "#key-table"), "outerHTML"), "dialog-done")


def modal(request: PageRequest, verb: str, **context: object) -> HttpResponse:
    around = {"active": "keys", "now": timezone.now(), "caller": request.caller}
    return render(request, f"apikeys/{verb}_modal.html", around | context)
