"""The Review page: findings of one kind together, worst first."""

from collections.abc import Collection
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from apikeys.decorators import PageRequest, signed_in
from apikeys.review import cache, decisions
from apikeys.review.findings import Code, Finding
from apikeys.review.fixes import Offered
from apikeys.review.groups import Group, grouped
from apikeys.views.base import changed, live_keys, own_key

SHOWN_OF_GROUP = 3


@require_safe
@signed_in
def review(request: PageRequest) -> HttpResponse:
    found = cache.review_of(request)
    context = {
        "dismissed": found.dismissed,
        "open_count": len(found.open),
        "key_count": live_keys(request).count(),
    }
    return show(request, "apikeys/review/finding_list.html", found.open, limit=SHOWN_OF_GROUP, **context)


@require_safe
@signed_in
def group(request: PageRequest, code: str) -> HttpResponse:
    """Show all findings of one kind."""
    kind = code_called(code)
    found = [finding for finding in cache.review_of(request).open if finding.code == kind]
    return show(request, "apikeys/review/finding_group.html", found, limit=len(found), code=kind)


def show(
    request: PageRequest, template: str, findings: Collection[Finding], *, limit: int, **context: Any
) -> HttpResponse:
    groups = [_rows(group, limit) for group in grouped(findings)]
    around = {"active": "review", "now": timezone.now(), "groups": groups}
    return render(request, template, around | context)


def _rows(group: Group, limit: int) -> dict[str, Any]:
    """Return a group with its first findings, and how many more there are."""
    shown = [Offered.of(finding) for finding in group.findings[:limit]]
    return {"group": group, "shown": shown, "count": len(group.findings), "more": len(group.findings) - len(shown)}


def code_called(code: str) -> Code:
    try:
        return Code(code)
    except ValueError:
        raise Http404 from None


def own_findings(request: PageRequest, code: str, key_id: int | None = None) -> list[Finding]:
    """Return the trader's open findings of this kind, as they are now: of one key, or of all keys."""
    kind = code_called(code)
    keys = [own_key(request, key_id)] if key_id else list(live_keys(request))
    return [finding for finding in decisions.review(keys, timezone.now()).open if finding.code == kind]


def settled(request: PageRequest) -> HttpResponse:
    return changed(request, "This finding is already resolved", back="review:list")
