"""Edit a key."""

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters

from apikeys.audit.log import Actor
from apikeys.decorators import PageRequest, get_or_post, signed_in
from apikeys.forms.keys import EditForm
from apikeys.keys import editing, leak_response
from apikeys.models import ApiKey
from apikeys.views.base import attempt, changed, modal, own_key, password_is_due, posted


@get_or_post
@sensitive_post_parameters("password")
@signed_in
def key_edit(request: PageRequest, key_id: int) -> HttpResponse:
    key = own_key(request, key_id)
    # Most edits need no password. It is asked for only if the edit turns out to add access.
    ask_password = "password" in request.POST and password_is_due(request)
    form = EditForm(posted(request), key=key, suggested=request.GET, ask_password=ask_password)
    if attempt(request, form, lambda by: save(form, by)):
        return changed(request, "API key updated")
    misuse = leak_response.misuse_while_stopped(form.key, timezone.now())
    return modal(request, "keys/edit", form=form, key=form.key, misuse=misuse)


def save(form: EditForm, by: Actor) -> ApiKey:
    return editing.edit(form.key, form.settings(), by=by, last_event=form.cleaned_data["last_event"])
