"""The API guide, which anyone can read."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apikeys import guide as api_guide
from apikeys.crypto import secret_scanning
from apikeys.decorators import PageRequest, page
from apikeys.forms.signature_checker import SignatureForm
from apikeys.models import MAX_LIFETIME


@require_safe
@page
def guide(request: PageRequest) -> HttpResponse:
    context = {
        "active": "guide",
        "base_url": settings.PUBLIC_URL,
        "max_lifetime": MAX_LIFETIME,
        "client_ip": request.client_ip,
        "calls_per_second": settings.API_CALLS_PER_SECOND,
        "failures_per_minute": settings.API_FAILURES_PER_MINUTE,
        "example": api_guide.EXAMPLE,
        "errors": list(api_guide.every_error()),
        "endpoints": api_guide.endpoints(),
        "token_pattern": secret_scanning.TOKEN_PATTERN,
        "form": SignatureForm(),
    }
    return render(request, "apikeys/guide/guide.html", context)
