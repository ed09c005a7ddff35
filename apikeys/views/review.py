"""The review pages: what has become risky, and what to do about it."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from apikeys import attention, decisions, lifecycle, remedies
from apikeys.decisions import Aside
from apikeys.findings import Finding, Fix, Risk
from apikeys.forms import DeleteForm
from apikeys.models import ApiKey, ApiKeyQuerySet
from apikeys.pages import PageRequest, actor, attempt, modal, password_is_due, posted, signed_in, used_lately
from apikeys.remedies import Offered
from apikeys.review_forms import SNOOZES, AcceptForm, FixForm, SnoozeForm, SplitForm
from apikeys.views import own_key, shows_and_takes

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
    found = attention.review_of(request)
    around = {"active": "review", "now": timezone.now(), "groups": list(grouped(found.open)), "aside": found.aside}
    counts = {"open_count": len(found.open), "key_count": live_keys(request).count(), "snoozes": SNOOZES}
    return render(request, "apikeys/review.html", around | counts | context)


def live_keys(request: PageRequest) -> ApiKeyQuerySet:
    return ApiKey.objects.owned_by(request.user).live().select_related("account__user")


def grouped(findings: list[Finding]) -> Iterator[Group]:
    """Group findings by risk, the risk with the worst one first."""
    for risk in dict.fromkeys(finding.risk for finding in findings):
        yield Group(risk, [Offered.of(finding) for finding in findings if finding.risk == risk])


# -- Deciding about one ----------------------------------------------------------------------------------------------


@shows_and_takes
@sensitive_post_parameters("password")
@signed_in
def fix(request: PageRequest, key_id: int, code: str, verb: str) -> HttpResponse:
    """Do a fix at once. It is a page of its own only where it must ask for something."""
    finding, wanted = own_finding(request, key_id, code), fix_called(verb)
    if finding is None or wanted not in finding.fixes:
        return settled(request)
    form = FixForm(posted(request), ask_password="password" in request.POST and password_is_due(request))
    if attempt(request, form, lambda by: remedies.apply(wanted, finding, by=by)):
        messages.success(request, DONE[wanted].format(name=finding.key.name))
        return back(request, key_id)
    offer = remedies.offer(wanted, finding)
    return modal(request, "review_fix", form=form, key=finding.key, finding=finding, offer=offer, active="review")


def fix_called(verb: str) -> Fix:
    if verb not in remedies.AT_ONCE:
        raise Http404
    return Fix(verb)


def own_finding(request: PageRequest, key_id: int, code: str) -> Finding | None:
    """Find one of the trader's open findings. None where it is settled meanwhile."""
    key = own_key(request, key_id)
    return next((finding for finding in decisions.review([key], timezone.now()).open if finding.code == code), None)


def settled(request: PageRequest) -> HttpResponse:
    messages.info(request, "That was settled meanwhile")
    return redirect("review:list")


def back(request: PageRequest, key_id: int) -> HttpResponse:
    """Return to where the finding was shown: Review, or the key's own page."""
    if request.POST.get("shown") == "key":
        return redirect("apikeys:key_detail", key_id)
    return redirect("review:list")


@require_POST
@signed_in
def snooze(request: PageRequest, key_id: int, code: str) -> HttpResponse:
    finding = own_finding(request, key_id, code)
    if finding is None:
        return settled(request)
    form = SnoozeForm(request.POST)
    if attempt(request, form, lambda by: decisions.snooze(finding, form.until(), by=by)):
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
    if attempt(request, form, lambda by: decisions.accept(finding, form.cleaned_data["reason"], by=by)):
        messages.success(request, "Accepted, until something about it changes")
        return back(request, key_id)
    return show_review(request, wrong=finding, wrong_form=form)


@require_POST
@signed_in
def reopen(request: PageRequest, key_id: int, code: str) -> HttpResponse:
    own_key(request, key_id)
    aside = next(filter(lambda aside: is_it(aside, key_id, code), attention.review_of(request).aside), None)
    if aside is None:
        return settled(request)
    decisions.reopen(aside.finding, by=actor(request))
    messages.success(request, "Open again")
    return redirect("review:list")


def is_it(aside: Aside, key_id: int, code: str) -> bool:
    return (aside.finding.key.pk, aside.finding.code) == (key_id, code)


# -- One key becomes several -----------------------------------------------------------------------------------------


@shows_and_takes
@sensitive_post_parameters("password")
@sensitive_variables("made")
@signed_in
def split(request: PageRequest, key_id: int, code: str) -> HttpResponse:
    form = SplitForm(posted(request), ask_password=password_is_due(request))
    if form.is_bound and form.is_valid() and (key := made_before(request, form)):
        return modal(request, "already_made", key=key)
    finding = own_finding(request, key_id, code)
    if finding is None or Fix.SPLIT not in finding.fixes:
        return settled(request)
    made = attempt(request, form, lambda by: remedies.split(finding, by=by, submission=form.cleaned_data["submission"]))
    if made:
        return reveal_split(request, finding, made)
    names = remedies.names_of_split(finding.key, remedies.places_of(finding))
    clients = list(zip(names, finding.evidence, strict=True))
    return modal(request, "review_split", form=form, key=finding.key, clients=clients, active="review")


def made_before(request: PageRequest, form: SplitForm) -> ApiKey | None:
    """The first key that this very form made, when it is sent twice."""
    submission = remedies.submission_of_split(form.cleaned_data["submission"], 0)
    return live_keys(request).filter(submission=submission).first()


@sensitive_variables("made")
def reveal_split(request: PageRequest, finding: Finding, made: list[tuple[ApiKey, str]]) -> HttpResponse:
    """Show the secrets, the only time. No URL leads here."""
    keys = [
        {"key": key, "used_from": used_from, "secret": format_html('<span class="secret">{}</span>', secret)}
        for (key, secret), used_from in zip(made, finding.evidence, strict=True)
    ]
    response = modal(request, "review_split_made", active="review", old=finding.key, made=keys)
    response["Cache-Control"] = "no-store"
    return response


# -- Every key, one after the other ----------------------------------------------------------------------------------


@shows_and_takes
@signed_in
def review_all(request: PageRequest) -> HttpResponse:
    """Go through every key: keep, pause or delete. What was decided since the walk began is not asked again."""
    since = walk_began(request)
    if request.method == "POST":
        form = decide(request, since)
        if form is None:
            return redirect(f"{request.path}?since={since.timestamp():.6f}")
    else:
        form = None
    return show_walk(request, since, form)


def walk_began(request: PageRequest) -> datetime:
    try:
        return min(datetime.fromtimestamp(float(request.GET.get("since", "")), UTC), timezone.now())
    except (ValueError, OverflowError, OSError):
        return timezone.now()


def show_walk(request: PageRequest, since: datetime, form: DeleteForm | None) -> HttpResponse:
    keys = list(live_keys(request).filter(replaced_at=None).order_by("created_at", "id"))
    left = [key for key in keys if key.reviewed_at is None or key.reviewed_at < since]
    context = {"active": "review", "now": timezone.now(), "since": f"{since.timestamp():.6f}"}
    if not left:
        return render(request, "apikeys/review_all.html", context | {"key": None, "count": len(keys)})
    key = form.key if form else left[0]
    shown = {
        "key": key,
        "number": len(keys) - len(left) + 1,
        "count": len(keys),
        "found": decisions.review([key], timezone.now()).open,
        "form": form or delete_form(request, key),
    }
    return render(request, "apikeys/review_all.html", context | shown)


def decide(request: PageRequest, since: datetime) -> DeleteForm | None:
    """Do what was decided about a key, and stamp its review. Returns the form where it must be shown again."""
    posted_id = request.POST.get("key", "")
    key = own_key(request, int(posted_id) if posted_id.isdecimal() and len(posted_id) < 19 else 0)
    if key.reviewed_at and key.reviewed_at >= since:
        return None  # sent twice
    if request.POST.get("verb") == "delete":
        form = delete_form(request, key)
        return None if attempt(request, form, lambda by: lifecycle.revoke(key, by=by, reason="Review")) else form
    if request.POST.get("verb") in ("keep", "pause"):
        keep(request, key, pause=request.POST["verb"] == "pause")
    return None


def keep(request: PageRequest, key: ApiKey, *, pause: bool) -> None:
    with suppress(ValidationError):  # deleted a moment ago: then there is nothing to keep
        if pause:
            lifecycle.pause(key, by=actor(request), reason="Review")
        lifecycle.confirm(key, by=actor(request))


def delete_form(request: PageRequest, key: ApiKey) -> DeleteForm:
    bound = posted(request) if request.POST.get("verb") == "delete" else None
    return DeleteForm(bound, key=key, ask_name=used_lately(key))
