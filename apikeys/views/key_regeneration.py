"""Regenerate a key."""

from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from apikeys.decorators import PageRequest, get_or_post, signed_in
from apikeys.forms.keys import RegenerateForm
from apikeys.keys import regeneration
from apikeys.keys.guards import AlreadySubmitted
from apikeys.models import ApiKey
from apikeys.views.base import attempt, modal, own_key, password_is_due, posted
from apikeys.views.secret_reveal import reveal


@get_or_post
@sensitive_post_parameters("password", "public_key")
@sensitive_variables("made")
@signed_in
def key_regenerate(request: PageRequest, key_id: int) -> HttpResponse:
    if made_already := sent_before(request):  # by then the old key may have ended
        return modal(request, "keys/already_created", key=made_already)
    key = own_key(request, key_id)
    form = RegenerateForm(posted(request), key=key, ask_password=password_is_due(request))
    try:
        made = attempt(
            request,
            form,
            lambda by: regeneration.regenerate(
                key,
                expires_at=form.cleaned_data["expires_at"],
                overlap=form.cleaned_data["overlap"],
                by=by,
                public_key=form.cleaned_data["public_key"],
                proof=form.cleaned_data["proof"],
                submission=form.cleaned_data["submission"],
                last_event=form.cleaned_data["last_event"],
            ),
        )
    except AlreadySubmitted as earlier:
        return modal(request, "keys/already_created", key=earlier.key)
    if made:
        return reveal(request, *made, in_browser=form.made_in_browser)
    return modal(request, "keys/regenerate", form=form, key=form.key, account=form.key.account)


def sent_before(request: PageRequest) -> ApiKey | None:
    """Find the key that this very form has made before: a double click, or a reload of its answer."""
    try:
        submission = UUID(request.POST.get("submission", ""))
    except ValueError:
        return None
    return ApiKey.objects.owned_by(request.user).live().filter(submission=submission).first()
