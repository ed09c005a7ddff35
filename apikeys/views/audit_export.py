"""Export the trader's audit log as a file: of one key, or of all keys, including deleted ones."""

from functools import partial

from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from apikeys.audit import export, history
from apikeys.decorators import PageRequest, signed_in
from apikeys.models import ApiKey, KeyEvent


@require_safe
@signed_in
def keys_history(request: PageRequest, kind: str) -> StreamingHttpResponse:
    events = KeyEvent.objects.filter(key__account__user=request.user)
    return export.export(events, kind, partial(history.actor_label, reader=request.user))


@require_safe
@signed_in
def key_history_file(request: PageRequest, key_id: int, kind: str) -> StreamingHttpResponse:
    key = get_object_or_404(ApiKey.objects.owned_by(request.user), pk=key_id)
    return export.export(KeyEvent.objects.filter(key=key), kind, partial(history.actor_label, reader=request.user))
