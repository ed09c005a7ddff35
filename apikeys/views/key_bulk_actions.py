"""Pause several keys or all of them, and delete several keys."""

from django.http import Http404, HttpResponse, QueryDict
from django.template.defaultfilters import pluralize
from django.utils import timezone

from apikeys.decorators import PageRequest, get_or_post, signed_in
from apikeys.forms.confirmation import TypedForm
from apikeys.forms.mixins import RejectableForm
from apikeys.http.parsing import primary_key
from apikeys.keys import deletion, pausing
from apikeys.models import Account, ApiKey
from apikeys.views.base import attempt, changed, modal, posted, recently_used


@get_or_post
@signed_in
def keys_pause(request: PageRequest) -> HttpResponse:
    """Pause the chosen keys or, if none were chosen, all keys that could be used, including those just created."""
    asked = request.POST if request.method == "POST" else request.GET
    running = ApiKey.objects.owned_by(request.user).running(timezone.now())
    keys = selected(request, asked) if "key" in asked else list(running)
    only = [key.pk for key in keys] if "key" in asked else None
    form, account = RejectableForm(posted(request)), Account.objects.get(user=request.user)
    paused = attempt(request, form, lambda by: pausing.pause_all(account, by=by, only=only))
    if paused is not None:
        return changed(request, f"{counted(paused, 'API key')} paused")
    return modal(request, "keys/bulk_pause", form=form, keys=keys, selected="key" in asked)


@get_or_post
@signed_in
def keys_delete(request: PageRequest) -> HttpResponse:
    keys = selected(request, request.POST if request.method == "POST" else request.GET)
    if not keys:
        raise Http404
    words = f"delete {counted(keys)}" if any(map(recently_used, keys)) else ""
    form = TypedForm(posted(request), words=words)

    chosen = ApiKey.objects.filter(pk__in=[key.pk for key in keys])
    deleted = attempt(request, form, lambda by: deletion.revoke_all(chosen, by=by))
    if deleted is not None:
        return changed(request, f"{counted(deleted, 'API key')} deleted")
    return modal(request, "keys/bulk_delete", form=form, keys=keys)


def selected(request: PageRequest, asked: QueryDict) -> list[ApiKey]:
    """Return those of the chosen keys that are live and belong to the trader."""
    numbers = filter(None, map(primary_key, asked.getlist("key")))
    return list(ApiKey.objects.owned_by(request.user).live().filter(pk__in=list(numbers)[:1000]))


def counted(keys: list[ApiKey], what: str = "key") -> str:
    return f"{len(keys)} {what}{pluralize(len(keys))}"
