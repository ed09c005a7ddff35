"""The signature checker: a part of the API guide and, without JavaScript, a page. Anyone can use it."""

import time

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from apikeys.decorators import PageRequest, get_or_post, page
from apikeys.forms.signature_checker import SignatureForm
from apikeys.signature_checker import checker
from apikeys.signature_checker.sent_call import Report
from apikeys.views.base import posted


@get_or_post
@sensitive_post_parameters()
@page
@sensitive_variables("form", "report")
def check_signature(request: PageRequest) -> HttpResponse:
    form = SignatureForm(posted(request))
    report = _report(form) if form.is_valid() else None
    context = {"active": "guide", "report": report, "form_errors": form.errors}
    if request.htmx.target == "signature-report":  # the form stays in the browser, so what was pasted is not sent back
        return render(request, "apikeys/signature_checker/checker.html#signature-report", context)
    return render(request, "apikeys/signature_checker/checker.html", context | {"form": _to_fix(form, report)})


def _report(form: SignatureForm) -> Report:
    return checker.check(form.sent(), time.time_ns() // 1_000_000, settings.PUBLIC_URL)


def _to_fix(form: SignatureForm, report: Report | None) -> SignatureForm:
    """Return the form as it was filled in, without a key that may not be a public one."""
    if report is None or report.secret_pasted:
        return SignatureForm()
    unproven = () if report.holds else ("key", "signature")
    return SignatureForm(initial={name: text for name, text in form.cleaned_data.items() if name not in unproven})
