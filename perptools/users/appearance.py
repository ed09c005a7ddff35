"""Light or dark: chosen in Settings for one browser, or as the system is set."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from apikeys.decorators import PageRequest, signed_in

COOKIE = "theme"
THEMES = ("light", "dark")
SYSTEM = "system"
KEPT_S = 365 * 24 * 3600


def theme(request: HttpRequest) -> dict[str, str]:
    """Return the chosen theme for templates; empty if the system decides."""
    chosen = request.COOKIES.get(COOKIE, "")
    return {"theme": chosen if chosen in THEMES else ""}


@require_POST
@signed_in
def choose(request: PageRequest) -> HttpResponse:
    chosen = request.POST.get("theme")
    response = redirect("settings:page")
    if chosen in THEMES:
        response.set_cookie(
            COOKIE, chosen, max_age=KEPT_S, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
        )
    elif chosen == SYSTEM:
        response.delete_cookie(COOKIE)
    else:
        messages.error(request, "Choose System, Light or Dark.")
    return response
