"""What the trader's pages share: doing what a form asks, and answering with a page or with what htmx swaps."""

from collections.abc import Callable
from datetime import timedelta
from typing import cast
from urllib.parse import urlsplit

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect, reswap, retarget, trigger_client_event

from apikeys.audit.log import Actor
from apikeys.decorators import PageRequest, T
from apikeys.forms.mixins import PasswordMixin, RejectableForm
from apikeys.keys.guards import RecentSignInRequired
from apikeys.models import ApiKey, ApiKeyQuerySet
from apikeys.reauthentication import is_recent
from apikeys.views.key_list import table_context

RECENTLY_USED = timedelta(hours=24)


def actor(request: PageRequest) -> Actor:
    return Actor(request.user, str(request.client_ip), is_recent(request))


def attempt(request: PageRequest, form: RejectableForm, verb: Callable[[Actor], T]) -> T | None:
    """Do what a form asks. Returns None if the form must be shown again; its errors are beside its fields then."""
    if not form.is_valid():
        return None
    if isinstance(form, PasswordMixin) and not form.check_password(request):
        return None
    try:
        return verb(actor(request))
    except ValidationError as rejection:
        form.add_rejection(rejection)
    except RecentSignInRequired:
        cast(PasswordMixin, form).require_password()
    return None


def password_is_due(request: PageRequest) -> bool:
    return not is_recent(request)


def posted(request: PageRequest) -> QueryDict | None:
    """Return the data to bind a form to: None for a GET."""
    return request.POST if request.method == "POST" else None


def recently_used(key: ApiKey) -> bool:
    return bool(key.last_used_at and timezone.now() - key.last_used_at < RECENTLY_USED)


def at_table(request: PageRequest) -> bool:
    """Return whether htmx asks from the page with the table, rather than from a key's page."""
    return urlsplit(request.htmx.current_url_abs_path or "").path == reverse("apikeys:key_list")


def changed(request: PageRequest, message: str, *, undo: str = "", back: str = "apikeys:key_list") -> HttpResponse:
    """Show a message and the new state: htmx swaps the table or the page's content, a form leads `back`.

    `undo` is the URL that the message's Undo button posts to.
    """
    messages.success(request, message, extra_tags=undo)
    if not request.htmx:
        return redirect(back)
    if not at_table(request):
        here = request.htmx.current_url_abs_path or ""
        if not here or urlsplit(here).path == request.path:
            return HttpResponseClientRedirect(resolve_url(back))
        response = trigger_client_event(HttpResponse(status=204), "dialog-done")
        return trigger_client_event(response, "page-changed")
    query = QueryDict(urlsplit(request.htmx.current_url or "").query)
    response = render(request, "apikeys/keys/_table_swap.html", table_context(request, query))
    return trigger_client_event(reswap(retarget(response, "#key-table"), "outerHTML"), "dialog-done")


def next_page(request: PageRequest, otherwise: str) -> str:
    """Return the page of ours that the form came from, for a browser without JavaScript."""
    wanted = request.POST.get("next", "")
    return wanted if wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, None) else otherwise


def modal(request: PageRequest, verb: str, **context: object) -> HttpResponse:
    around = {"active": "keys", "now": timezone.now(), "client_ip": request.client_ip}
    return render(request, f"apikeys/{verb}_modal.html", around | context)


def live_keys(request: PageRequest) -> ApiKeyQuerySet:
    return ApiKey.objects.owned_by(request.user).live().select_related("account__user")


def own_key(request: PageRequest, key_id: int) -> ApiKey:
    """Return one of the trader's live keys. Raises Http404 for another trader's key as for none."""
    return get_object_or_404(live_keys(request).with_last_event(), pk=key_id)
