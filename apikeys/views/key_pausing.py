"""Pause a key, and resume it."""

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters

from apikeys.decorators import PageRequest, get_or_post, signed_in
from apikeys.forms.keys import ResumeForm
from apikeys.forms.mixins import RejectableForm
from apikeys.keys import leak_response, pausing
from apikeys.views.base import attempt, changed, modal, own_key, password_is_due, posted


@get_or_post
@signed_in
def key_pause(request: PageRequest, key_id: int) -> HttpResponse:
    key = own_key(request, key_id)
    form = RejectableForm(posted(request))
    if attempt(request, form, lambda by: pausing.pause(key, by=by)):
        return changed(request, "API key paused")
    return modal(request, "keys/pause", form=form, key=key)


@get_or_post
@sensitive_post_parameters("password")
@signed_in
def key_resume(request: PageRequest, key_id: int) -> HttpResponse:
    key = own_key(request, key_id)
    form = ResumeForm(posted(request), key=key, ask_password=password_is_due(request))
    if attempt(request, form, lambda by: pausing.resume(key, by=by, last_event=form.cleaned_data["last_event"])):
        return changed(request, "API key resumed")
    misuse = leak_response.misuse_while_stopped(form.key, timezone.now())
    return modal(request, "keys/resume", form=form, key=form.key, misuse=misuse)
