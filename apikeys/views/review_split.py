"""Split a shared key into one key for each program."""

from django.http import HttpResponse
from django.utils.html import format_html
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from apikeys.decorators import PageRequest, get_or_post, signed_in
from apikeys.forms.review import SplitForm
from apikeys.models import ApiKey
from apikeys.review import fixes
from apikeys.review.findings import Finding, Fix
from apikeys.views.base import attempt, modal, own_key, password_is_due, posted
from apikeys.views.review import own_findings, settled
from apikeys.views.secret_reveal import create_once


@get_or_post
@sensitive_post_parameters("password")
@sensitive_variables("done")
@signed_in
@create_once
def split(request: PageRequest, key_id: int, code: str) -> HttpResponse:
    key = own_key(request, key_id)
    form = SplitForm(posted(request), ask_password=password_is_due(request))
    if done := attempt(request, form, lambda by: fixes.split(key, code, by=by, **form.asked())):
        return reveal_split(request, *done)
    finding = next((one for one in own_findings(request, code, key_id) if Fix.SPLIT in one.fixes), None)
    if finding is None:
        return settled(request)
    form.show(fixes.offer(Fix.SPLIT, finding).fingerprint)
    programs = fixes.programs_of(finding)
    wanted = list(zip(fixes.names_of_split(finding.key, programs), programs, strict=True))
    return modal(request, "review/split", form=form, key=finding.key, wanted=wanted, active="review")


@sensitive_variables("made")
def reveal_split(request: PageRequest, finding: Finding, made: list[tuple[ApiKey, str]]) -> HttpResponse:
    """Show the secrets, once. No URL leads here."""
    keys = [
        {
            "key": key,
            "program": program,
            "secret": format_html('<span class="secret" translate="no">{}</span>', secret),
        }
        for (key, secret), program in zip(made, fixes.programs_of(finding), strict=True)
    ]
    response = modal(request, "review/split_created", active="review", old=finding.key, made=keys)
    response["Cache-Control"] = "no-store"
    return response
