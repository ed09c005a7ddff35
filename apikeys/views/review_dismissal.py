"""Dismiss findings, for a while or until something about them changes, and reopen them."""

from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from apikeys import wording
from apikeys.audit.log import Actor
from apikeys.decorators import PageRequest, get_or_post, signed_in
from apikeys.forms.review import DismissForm
from apikeys.http.parsing import primary_key
from apikeys.review import cache, decisions
from apikeys.review.findings import Finding
from apikeys.views.base import actor, attempt, changed, modal, next_page, posted
from apikeys.views.review import code_called, own_findings, settled


@get_or_post
@signed_in
def dismiss(request: PageRequest, code: str, key_id: int | None = None) -> HttpResponse:
    findings = own_findings(request, code, key_id)
    if not findings:
        return settled(request)
    form = DismissForm(posted(request))
    if done := attempt(request, form, lambda by: decide(form, findings, by)):
        keys = urlencode({"key": [finding.key.pk for finding in done]}, doseq=True)
        return changed(
            request, said(form, done), undo=f"{reverse('review:reopen', args=[code])}?{keys}", back="review:list"
        )
    choices = [(finding, form.is_chosen(finding.key.pk)) for finding in findings]
    return modal(request, "review/dismiss", form=form, choices=choices, code=code_called(code), active="review")


@transaction.atomic
def decide(form: DismissForm, findings: list[Finding], by: Actor) -> list[Finding]:
    """Dismiss the chosen findings. Returns those that it dismissed: the others changed in the meantime."""
    chosen = decisions.unchanged(findings, form.chosen)
    for finding in chosen:
        if form.days:
            decisions.snooze(finding, form.until(), by=by)
        else:
            decisions.accept(finding, form.cleaned_data["reason"], by=by)
    return chosen


def said(form: DismissForm, done: list[Finding]) -> str:
    what = f"Snoozed for {form.days} days" if form.days else "Accepted, until something about it changes"
    skipped = len(form.chosen) - len(done)
    if not skipped:
        return what
    return f"{what}. {wording.counted(skipped, 'finding')} changed in the meantime: check again"


@require_POST
@signed_in
def reopen(request: PageRequest, code: str) -> HttpResponse:
    """Reopen dismissed findings of the keys in the query."""
    keys = set(map(primary_key, request.GET.getlist("key")))
    dismissed = [entry.finding for entry in cache.review_of(request).dismissed if entry.finding.code == code]
    chosen = [finding for finding in dismissed if finding.key.pk in keys]
    for finding in chosen:
        decisions.reopen(finding, by=actor(request))
    message = "Reopened" if chosen else "This finding is already open"
    return changed(request, message, back=next_page(request, "review:list"))
