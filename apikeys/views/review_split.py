"""One key becomes several."""

from django.http import HttpResponse
from django.utils.html import format_html
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from apikeys.decorators import PageRequest, get_or_post, signed_in
from apikeys.forms.review import SplitForm
from apikeys.models import ApiKey
from apikeys.review import fixes
from apikeys.review.findings import Finding, Fix
from apikeys.views.base import attempt, live_keys, modal, password_is_due, posted
from apikeys.views.review import own_finding, settled


@get_or_post
@sensitive_post_parameters("password")
@sensitive_variables("made")
@signed_in
def split(request: PageRequest, key_id: int, code: str) -> HttpResponse:
    form = SplitForm(posted(request), ask_password=password_is_due(request))
    if form.is_bound and form.is_valid() and (key := made_before(request, form)):
        return modal(request, "keys/already_created", key=key)
    finding = own_finding(request, key_id, code)
    if finding is None or Fix.SPLIT not in finding.fixes:
        return settled(request)
    made = attempt(request, form, lambda by: fixes.split(finding, by=by, submission=form.cleaned_data["submission"]))
    if made:
        return reveal_split(request, finding, made)
    names = fixes.names_of_split(finding.key, fixes.places_of(finding))
    clients = list(zip(names, finding.evidence, strict=True))
    return modal(request, "review/split", form=form, key=finding.key, clients=clients, active="review")


def made_before(request: PageRequest, form: SplitForm) -> ApiKey | None:
    """The first key that this very form made, when it is sent twice."""
    submission = fixes.submission_of_split(form.cleaned_data["submission"], 0)
    return live_keys(request).filter(submission=submission).first()


@sensitive_variables("made")
def reveal_split(request: PageRequest, finding: Finding, made: list[tuple[ApiKey, str]]) -> HttpResponse:
    """Show the secrets, the only time. No URL leads here."""
    keys = [
        {"key": key, "used_from": used_from, "secret": format_html('<span class="secret">{}</span>', secret)}
        for (key, secret), used_from in zip(made, finding.evidence, strict=True)
    ]
    response = modal(request, "review/split_created", active="review", old=finding.key, made=keys)
    response["Cache-Control"] = "no-store"
    return response
