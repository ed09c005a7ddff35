"""What the Portfolio's pages share: the account, polling, and the response to an action."""

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRedirect, reswap, retarget, trigger_client_event

from apikeys.decorators import PageRequest, PageView, page
from apikeys.models import Account

AccountView = Callable[[PageRequest, Account], HttpResponse]


def account_page(active: str) -> Callable[[AccountView], PageView[[]]]:
    """Show an account's page to its trader. People who aren't signed in see what it would be, and how to sign in."""

    def decorate(view: AccountView) -> PageView[[]]:
        @wraps(view)
        def shown(request: PageRequest) -> HttpResponse:
            if request.user.is_authenticated:
                return view(request, Account.objects.get(user=request.user))
            if request.htmx:  # the session ended while the page was polling
                return HttpResponseClientRedirect(redirect_to_login(request.get_full_path()).url)
            return render(request, "trading/signed_out.html", {"active": active})

        return page(require_safe(shown))

    return decorate


def show(request: PageRequest, template: str, live: str, **context: object) -> HttpResponse:
    """Render a page, or only its live part if htmx swaps that."""
    part = f"#{live}" if request.htmx.target == live else ""
    return render(request, f"trading/{template}.html{part}", context)


def done(request: PageRequest, message: str, where: str, level: int = messages.SUCCESS) -> HttpResponse:
    """Show a message, and make the page load the account again."""
    messages.add_message(request, level, message)
    if not request.htmx:
        return redirect(where)
    response = retarget(reswap(render(request, "components/_toasts.html"), "beforeend"), "#toasts")
    return trigger_client_event(trigger_client_event(response, "dialog-done"), "ledger-changed")
