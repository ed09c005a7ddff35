"""The page of one key: its access, usage, rejected requests and history."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from apikeys import guide as api_guide
from apikeys.audit import history
from apikeys.decorators import PageRequest, signed_in
from apikeys.keys import preview
from apikeys.models import ApiKey, Kind, Status
from apikeys.permissions import Access
from apikeys.review import cache
from apikeys.review.fixes import Offered
from apikeys.usage import charts
from apikeys.views import request_rows

NOTHING = {
    Status.DELETED: "None. This key was deleted.",
    Status.EXPIRED: "None. This key has expired. Select Edit to extend it.",
    Status.PAUSED: "None. This key is paused.",
}
PLACEHOLDERS = {Kind.SIGNING: "ed25519:…", Kind.BEARER: "ptk_…"}


@require_safe
@signed_in
def key_detail(request: PageRequest, key_id: int) -> HttpResponse:
    keys = ApiKey.objects.owned_by(request.user).select_related("account", "replaces", "replacement")
    key, now = get_object_or_404(keys, pk=key_id), timezone.now()
    only_rejected = request.GET.get("requests") == "rejected"
    found, usage = cache.review_of(request), charts.charts(key, now)
    is_unused = not key.last_used_at and not key.revoked_at
    context = {
        "active": "keys",
        "now": now,
        "key": key,
        "replaced_by": getattr(key, "replacement", None),
        "health": [Offered.of(finding) for finding in found.open if finding.key == key],
        "dismissed": [dismissed for dismissed in found.dismissed if dismissed.finding.key == key],
        "rights": rights(key, key.status(now)),
        "allowed": allowed(key) if key.status(now).can_call else [],
        "charts": usage if not is_unused or any(chart.highest for chart in usage) else [],
        "rejections": request_rows.rejections(key, now),
        "requests": request_rows.logged(key, now, rejected=only_rejected),
        "only_rejected": only_rejected,
        "is_unused": is_unused,
        "history": history.history(key, request.user),
        "base_url": settings.PUBLIC_URL,
        "account_id": key.account.account_id,
        "api_key": key.public_id,
        "secret": PLACEHOLDERS[Kind(key.kind)],
    }
    return render(request, "apikeys/keys/key_detail.html", context)


@require_safe
@signed_in
def first_request(request: PageRequest, key_id: int) -> HttpResponse:
    """Show whether a new key was used. The page asks again and again while it shows the secret."""
    key = get_object_or_404(ApiKey.objects.owned_by(request.user), pk=key_id)
    rejected = charts.rejections(key, timezone.now())
    return render(
        request, "apikeys/keys/_first_request.html", {"key": key, "rejection": rejected[0] if rejected else None}
    )


def rights(key: ApiKey, status: Status) -> str:
    if status in NOTHING:
        return NOTHING[status]
    return f"This key can {preview.rights(key.permissions, key.networks)}."


def allowed(key: ApiKey) -> list[api_guide.EndpointRow]:
    """List the endpoints that this key can use, without the public ones."""
    return [row for row in api_guide.endpoints() if row.required is Access.ANY_KEY or row.required in key.permissions]
