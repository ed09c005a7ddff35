"""The Review page: findings, fixes and decisions."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from apikeys.decorators import PageRequest, get_or_post, signed_in
from apikeys.forms.review import SNOOZES, AcceptForm, ShownForm, SnoozeForm
from apikeys.review import cache, decisions, fixes
from apikeys.review.decisions import Dismissed
from apikeys.review.findings import Finding, Fix, Risk
from apikeys.review.fixes import Offered
from apikeys.views.base import actor, attempt, live_keys, modal, own_key, posted

DONE = {
    Fix.READ_ONLY: "{name} can only read now",
    Fix.LOCK: "{name} is locked to where it was used from",
    Fix.PAUSE: "{name} is paused",
}


@dataclass(frozen=True, slots=True)
class Group:
    risk: Risk
    findings: list[Offered]


# -- The list --------------------------------------------------------------------------------------------------------


@require_safe
@signed_in
def review(request: PageRequest) -> HttpResponse:
    return show_review(request)


def show_review(request: PageRequest, **context: Any) -> HttpResponse:
    found = cache.review_of(request)
    around = {
        "active": "review",
        "now": timezone.now(),
        "groups": list(grouped(found.open)),
        "dismissed": found.dismissed,
    }
    counts = {"open_count": len(found.open), "key_count": live_keys(request).count(), "snoozes": SNOOZES}
    return render(request, "apikeys/review/finding_list.html", around | counts | context)


def grouped(findings: list[Finding]) -> Iterator[Group]:
    """Group findings by risk, the risk with the worst finding first."""
    for risk in dict.fromkeys(finding.risk for finding in findings):
        yield Group(risk, [Offered.of(finding) for finding in findings if finding.risk == risk])


# -- Deciding about one ----------------------------------------------------------------------------------------------


@get_or_post
@signed_in
def fix(request: PageRequest, key_id: int, code: str, verb: str) -> HttpResponse:
    """Apply a fix. It is shown on a page of its own only if it would do something else than was shown."""
    key, wanted, form = own_key(request, key_id), fix_called(verb), ShownForm(posted(request))
    done = attempt(
        request, form, lambda by: fixes.apply(wanted, key, code, shown=form.cleaned_data["fingerprint"], by=by)
    )
    if done:
        messages.success(request, DONE[wanted].format(name=done.name))
        return back(request, key_id)
    finding = own_finding(request, key_id, code)
    if finding is None or wanted not in finding.fixes:
        return settled(request)
    offer = fixes.offer(wanted, finding)
    form.show(offer.fingerprint)
    return modal(request, "review/fix", form=form, key=finding.key, finding=finding, offer=offer, active="review")


def fix_called(verb: str) -> Fix:
    if verb not in fixes.AT_ONCE:
        raise Http404
    return Fix(verb)


def own_finding(request: PageRequest, key_id: int, code: str) -> Finding | None:
    """Return one of the trader's open findings. None if it was resolved in the meantime."""
    key = own_key(request, key_id)
    return next((finding for finding in decisions.review([key], timezone.now()).open if finding.code == code), None)


def settled(request: PageRequest) -> HttpResponse:
    messages.info(request, "This finding is already resolved")
    return redirect("review:list")


def back(request: PageRequest, key_id: int) -> HttpResponse:
    """Redirect to the page that showed the finding: Review, or the key's page."""
    if request.POST.get("shown") == "key":
        return redirect("apikeys:key_detail", key_id)
    return redirect("review:list")


def shown(finding: Finding, form: ShownForm) -> Finding:
    """Return the finding if it is what the trader decided about. Raises ValidationError."""
    decisions.require_shown(finding, form.cleaned_data["fingerprint"])
    return finding


@require_POST
@signed_in
def snooze(request: PageRequest, key_id: int, code: str) -> HttpResponse:
    finding = own_finding(request, key_id, code)
    if finding is None:
        return settled(request)
    form = SnoozeForm(request.POST)
    if attempt(request, form, lambda by: decisions.snooze(shown(finding, form), form.until(), by=by)):
        messages.success(request, f"Snoozed for {form.cleaned_data['days']} days")
        return back(request, key_id)
    return show_review(request, wrong=finding, wrong_form=form)


@require_POST
@signed_in
def accept(request: PageRequest, key_id: int, code: str) -> HttpResponse:
    finding = own_finding(request, key_id, code)
    if finding is None:
        return settled(request)
    form = AcceptForm(request.POST)
    if attempt(request, form, lambda by: decisions.accept(shown(finding, form), form.cleaned_data["reason"], by=by)):
        messages.success(request, "Accepted, until something about it changes")
        return back(request, key_id)
    return show_review(request, wrong=finding, wrong_form=form)


@require_POST
@signed_in
def reopen(request: PageRequest, key_id: int, code: str) -> HttpResponse:
    own_key(request, key_id)
    dismissed = next(filter(lambda dismissed: is_it(dismissed, key_id, code), cache.review_of(request).dismissed), None)
    if dismissed is None:
        return settled(request)
    decisions.reopen(dismissed.finding, by=actor(request))
    messages.success(request, "Reopened")
    return redirect("review:list")


def is_it(dismissed: Dismissed, key_id: int, code: str) -> bool:
    return (dismissed.finding.key.pk, dismissed.finding.code) == (key_id, code)
