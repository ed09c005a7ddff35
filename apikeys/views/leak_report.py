"""The page for reporting a leaked secret, which anyone can use."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from apikeys.decorators import get_or_post
from apikeys.forms.leak_report import LeakForm
from apikeys.http.errors import TooManyFailures
from apikeys.leaks.reports import THANKS, receive


@never_cache
@get_or_post
@sensitive_post_parameters("secret")
def page(request: HttpRequest) -> HttpResponse:
    form = LeakForm(request.POST if request.method == "POST" else None)
    context = {"form": form, "thanks": ""}
    if form.is_valid():
        try:
            receive(form.cleaned_data["secret"], request.client_ip)  # type: ignore[attr-defined]
            context = {"form": LeakForm(), "thanks": THANKS}
        except TooManyFailures:
            context = {"form": LeakForm(), "busy": "Too many reports from your address. Wait a minute, then try again."}
    return render(request, "apikeys/leaks/report.html", context)
