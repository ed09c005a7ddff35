"""The API Keys page and its modals. Each modal is also a page: htmx gets the template without its surroundings."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.html import format_html
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect, push_url

from apikeys import credentials, exposure, lifecycle
from apikeys import guide as api_guide
from apikeys.form_parts import PasswordMixin, RefusableForm
from apikeys.forms import CreateForm, DeleteForm, EditForm, NetworksForm, OutlookForm, RegenerateForm
from apikeys.key_table import KeyTable
from apikeys.lifecycle import AlreadySubmitted
from apikeys.models import Account, ApiKey
from apikeys.pages import (
    PageRequest,
    at_table,
    attempt,
    changed,
    modal,
    page,
    password_is_due,
    posted,
    signed_in,
    table_context,
    used_lately,
)
from apikeys.signature_form import SignatureForm

shows_and_takes = require_http_methods(["GET", "HEAD", "POST"])


def own_key(request: PageRequest, key_id: int) -> ApiKey:
    """Find one of the trader's live keys. Somebody else's and none at all look the same."""
    keys = ApiKey.objects.owned_by(request.user).live().select_related("account__user")
    return get_object_or_404(keys, pk=key_id)


@require_safe
@page
def key_list(request: PageRequest) -> HttpResponse:
    context = table_context(request, request.GET)
    if credentials.holds_token(request.GET.get("q", "")):
        return without_token(request, context["table"])
    if request.htmx.target != "key-table":
        return render(request, "apikeys/key_list.html", context)
    table: KeyTable = context["table"]
    return push_url(render(request, "apikeys/key_list.html#key-table", context), table.asked.url(table.page.number))


def without_token(request: PageRequest, table: KeyTable) -> HttpResponse:
    """Go on at the URL with the token's public part only. The page's script never sends a whole one."""
    exposure.expose_secrets_in_url(request, request.caller)
    messages.error(
        request,
        "That was a whole token, in a URL, which logs and histories keep. If it is right, its key is paused now: "
        "regenerate it. Search by what stands before its second underscore.",
    )
    url = table.asked.url(table.page.number)
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


@shows_and_takes
@sensitive_post_parameters("password", "public_key")
@sensitive_variables("made")
@signed_in
def key_create(request: PageRequest) -> HttpResponse:
    form = CreateForm(posted(request), ask_password=password_is_due(request))
    account = Account.objects.get(user=request.user)
    try:
        made = attempt(
            request,
            form,
            lambda by: lifecycle.create(
                account,
                form.settings(),
                kind=form.key_kind,
                by=by,
                public_key=form.cleaned_data["public_key"],
                proof=form.cleaned_data["proof"],
                submission=form.cleaned_data["submission"],
            ),
        )
    except AlreadySubmitted as earlier:
        return modal(request, "already_made", key=earlier.key)
    if made:
        return reveal(request, *made, in_browser=form.made_in_browser)
    return modal(request, "create", form=form, account=account)


@shows_and_takes
@sensitive_post_parameters("password", "public_key")
@sensitive_variables("made")
@signed_in
def key_regenerate(request: PageRequest, key_id: int) -> HttpResponse:
    if made_already := sent_before(request):  # by then the old key may have ended
        return modal(request, "already_made", key=made_already)
    key = own_key(request, key_id)
    form = RegenerateForm(posted(request), key=key, ask_password=password_is_due(request))
    try:
        made = attempt(
            request,
            form,
            lambda by: lifecycle.regenerate(
                key,
                expires_at=form.cleaned_data["expires_at"],
                overlap=form.cleaned_data["overlap"],
                by=by,
                public_key=form.cleaned_data["public_key"],
                proof=form.cleaned_data["proof"],
                submission=form.cleaned_data["submission"],
            ),
        )
    except AlreadySubmitted as earlier:
        return modal(request, "already_made", key=earlier.key)
    if made:
        return reveal(request, *made, in_browser=form.made_in_browser)
    return modal(request, "regenerate", form=form, key=key, account=key.account)


def sent_before(request: PageRequest) -> ApiKey | None:
    """Find the key that this very form has made before: a double click, or a reload of its answer."""
    try:
        submission = UUID(request.POST.get("submission", ""))
    except ValueError:
        return None
    return ApiKey.objects.owned_by(request.user).live().filter(submission=submission).first()


@sensitive_variables("secret")
def reveal(request: PageRequest, key: ApiKey, secret: str, *, in_browser: bool) -> HttpResponse:
    """Show a secret, the only time. No URL leads here: this is the answer to the form that made it.

    The secret of a key that the browser made is not here: the browser puts it in its place (static/js/make_key.js).
    """
    messages.success(request, "API key regenerated" if key.replaces_id else "API key created")
    place = '<span class="secret">{}</span>'
    if in_browser:
        place, secret = '<span data-secret-of="{}">no longer in this browser: regenerate the key</span>', key.public_id
    context = {
        "key": key,
        "secret": secret and format_html(place, secret),
        "in_browser": in_browser,
        "at_table": at_table(request),
        "base_url": settings.PUBLIC_URL,
        "account_id": key.account.account_id,
        "api_key": key.public_id,
    }
    return render(request, "apikeys/created_modal.html", context | table_context(request, request.GET))


@shows_and_takes
@sensitive_post_parameters("password")
@signed_in
def key_edit(request: PageRequest, key_id: int) -> HttpResponse:
    key = own_key(request, key_id)
    # Most edits ask for nothing: the password is asked for once the edit turns out to widen the key.
    ask_password = "password" in request.POST and password_is_due(request)
    form = EditForm(posted(request), key=key, suggested=request.GET, ask_password=ask_password)
    if attempt(request, form, lambda by: lifecycle.edit(key, form.settings(), by=by)):
        return changed(request, "API key updated")
    return modal(request, "edit", form=form, key=key)


@shows_and_takes
@signed_in
def key_pause(request: PageRequest, key_id: int) -> HttpResponse:
    key = own_key(request, key_id)
    form = RefusableForm(posted(request))
    if attempt(request, form, lambda by: lifecycle.pause(key, by=by)):
        return changed(request, "API key paused")
    return modal(request, "pause", form=form, key=key)


@shows_and_takes
@sensitive_post_parameters("password")
@signed_in
def key_resume(request: PageRequest, key_id: int) -> HttpResponse:
    key = own_key(request, key_id)
    form = PasswordMixin(posted(request), ask_password=password_is_due(request))
    if attempt(request, form, lambda by: lifecycle.resume(key, by=by)):
        return changed(request, "API key resumed")
    return modal(request, "resume", form=form, key=key)


@shows_and_takes
@signed_in
def key_delete(request: PageRequest, key_id: int) -> HttpResponse:
    key = own_key(request, key_id)
    form = DeleteForm(posted(request), key=key, ask_name=used_lately(key))
    if attempt(request, form, lambda by: lifecycle.revoke(key, by=by)):
        return changed(request, "API key deleted")
    return modal(request, "delete", form=form, key=key)


@require_POST
@signed_in
def check_networks(request: PageRequest) -> HttpResponse:
    """Say what is wrong with a list of addresses as soon as its field is left, or how it will be stored."""
    form = NetworksForm(request.POST)
    networks = form.cleaned_data["networks"].split(",") if form.is_valid() else []
    return render(request, "apikeys/_networks_check.html", {"form": form, "networks": networks})


@require_POST
@signed_in
def key_outlook(request: PageRequest, key_id: int | None = None) -> HttpResponse:
    """Say what a key would be able to do, and what is risky about it, while its form is being filled in."""
    form = OutlookForm(request.POST) if key_id is None else EditForm(request.POST, key=own_key(request, key_id))
    return render(request, "apikeys/_outlook.html", {"form": form})


@require_safe
@page
def guide(request: PageRequest) -> HttpResponse:
    context = {
        "active": "guide",
        "base_url": settings.PUBLIC_URL,
        "caller": request.caller,
        "calls_per_second": settings.API_CALLS_PER_SECOND,
        "failures_per_minute": settings.API_FAILURES_PER_MINUTE,
        "example": api_guide.EXAMPLE,
        "failures": api_guide.failures(),
        "endpoints": api_guide.endpoints(),
        "token_pattern": credentials.TOKEN_PATTERN,
        "form": SignatureForm(),
    }
    return render(request, "apikeys/guide.html", context)
