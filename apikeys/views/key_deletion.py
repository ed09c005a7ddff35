"""Delete a key."""

from django.http import HttpResponse

from apikeys.decorators import PageRequest, get_or_post, signed_in
from apikeys.forms.confirmation import DeleteForm
from apikeys.keys import deletion
from apikeys.views.base import attempt, changed, modal, own_key, posted, recently_used


@get_or_post
@signed_in
def key_delete(request: PageRequest, key_id: int) -> HttpResponse:
    key = own_key(request, key_id)
    form = DeleteForm(posted(request), key=key, ask_name=recently_used(key))
    if attempt(request, form, lambda by: deletion.revoke(key, by=by)):
        return changed(request, "API key deleted")
    return modal(request, "keys/delete", form=form, key=key)
