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
from apikeys.views.secret_reveal import create_once, reveal


@get_or_post
@sensitive_post_parameters("password", "public_key")
@sensitive_variables("created")
@signed_in
@create_once
def key_regenerate(request: PageRequest, key_id: int) -> HttpResponse:
    if earlier := sent_before(request):  # checked first, because the old key may have stopped by now
        raise AlreadySubmitted(earlier)
    key = own_key(request, key_id)
    form = RegenerateForm(posted(request), key=key, ask_password=password_is_due(request))
    created = attempt(
        request,
        form,
        lambda by: regeneration.regenerate(
            key,
            expires_at=form.cleaned_data["expires_at"],
            overlap=form.cleaned_data["overlap"],
            by=by,
            pair=form.pair(),
            last_event=form.cleaned_data["last_event"],
        ),
    )
    if created:
        return reveal(request, *created, in_browser=form.made_in_browser)
    return modal(request, "keys/regenerate", form=form, key=form.key, account=form.key.account)


def sent_before(request: PageRequest) -> ApiKey | None:
    """Return the key that this form has already created, after a double click or a reload."""
    try:
        idempotency_key = UUID(request.POST.get("idempotency_key", ""))
    except ValueError:
        return None
    return ApiKey.objects.owned_by(request.user).live().filter(idempotency_key=idempotency_key).first()
