"""The walkthrough: review every key, one after the other."""

from contextlib import suppress
from datetime import UTC, datetime

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from apikeys.decorators import PageRequest, get_or_post, signed_in
from apikeys.forms.confirmation import DeleteForm
from apikeys.http.parsing import primary_key
from apikeys.keys import deletion, pausing, review_confirmation
from apikeys.models import ApiKey
from apikeys.review import decisions
from apikeys.views.base import actor, attempt, live_keys, own_key, posted, recently_used


@get_or_post
@signed_in
def walkthrough(request: PageRequest) -> HttpResponse:
    """Show the next key, to keep, pause or delete. Keys decided since the walkthrough started are left out."""
    since = walkthrough_start(request)
    if request.method == "POST":
        form = decide(request, since)
        if form is None:
            return redirect(f"{request.path}?since={since.timestamp():.6f}")
    else:
        form = None
    return show_next_key(request, since, form)


def walkthrough_start(request: PageRequest) -> datetime:
    try:
        return min(datetime.fromtimestamp(float(request.GET.get("since", "")), UTC), timezone.now())
    except (ValueError, OverflowError, OSError):
        return timezone.now()


def show_next_key(request: PageRequest, since: datetime, form: DeleteForm | None) -> HttpResponse:
    keys = list(live_keys(request).current().order_by("created_at", "id"))
    left = [key for key in keys if key.reviewed_at is None or key.reviewed_at < since]
    context = {"active": "review", "now": timezone.now(), "since": f"{since.timestamp():.6f}"}
    if not left:
        return render(request, "apikeys/review/walkthrough.html", context | {"key": None, "count": len(keys)})
    key = form.key if form else left[0]
    shown = {
        "key": key,
        "number": len(keys) - len(left) + 1,
        "count": len(keys),
        "found": decisions.review([key], timezone.now()).open,
        "form": form or delete_form(request, key),
    }
    return render(request, "apikeys/review/walkthrough.html", context | shown)


def decide(request: PageRequest, since: datetime) -> DeleteForm | None:
    """Apply the decision about a key, and record its review. Returns the form if it must be shown again."""
    key = own_key(request, primary_key(request.POST.get("key", "")) or 0)
    if key.reviewed_at and key.reviewed_at >= since:
        return None  # the form was sent twice
    if request.POST.get("verb") == "delete":
        form = delete_form(request, key)
        return None if attempt(request, form, lambda by: deletion.revoke(key, by=by, reason="Review")) else form
    if request.POST.get("verb") in ("keep", "pause"):
        keep(request, key, pause=request.POST["verb"] == "pause")
    return None


def keep(request: PageRequest, key: ApiKey, *, pause: bool) -> None:
    with suppress(ValidationError):  # the key was deleted a moment ago
        if pause:
            pausing.pause(key, by=actor(request), reason="Review")
        review_confirmation.mark_reviewed(key, by=actor(request))


def delete_form(request: PageRequest, key: ApiKey) -> DeleteForm:
    bound = posted(request) if request.POST.get("verb") == "delete" else None
    return DeleteForm(bound, key=key, ask_name=recently_used(key))
