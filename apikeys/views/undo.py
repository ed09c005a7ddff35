"""Undo what a message says was just done to keys."""

from django.http import Http404, HttpResponse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from apikeys.decorators import PageRequest, signed_in
from apikeys.forms.mixins import PasswordMixin
from apikeys.http.parsing import primary_key
from apikeys.keys import undo
from apikeys.models import ApiKey
from apikeys.views.base import attempt, changed, modal, next_page, password_is_due

MOST_EVENTS = 1000


@require_POST
@sensitive_post_parameters("password")
@signed_in
def undo_events(request: PageRequest) -> HttpResponse:
    """Undo the events in the query. Asks for the password if the last sign-in is too long ago: keys get access back."""
    events = list(filter(None, map(primary_key, request.GET.getlist("event"))))[:MOST_EVENTS]
    is_due = password_is_due(request)
    form = PasswordMixin(request.POST if not is_due or "password" in request.POST else None, ask_password=is_due)
    undone = attempt(request, form, lambda by: undo.undo(events, by=by))
    if undone is not None:
        return changed(request, said(len(undone), len(events)), back=next_page(request, "review:list"))
    keys = ApiKey.objects.owned_by(request.user).filter(events__in=events).distinct()
    if not keys:
        raise Http404
    return modal(request, "keys/undo", form=form, keys=keys, action=request.get_full_path())


def said(undone: int, asked: int) -> str:
    if undone == asked:
        return "Undone"
    return f"{undone} of {asked} undone. The other keys changed in the meantime"
