"""Create a key once for each form, and reveal its secret once."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.html import format_html
from django.views.decorators.debug import sensitive_variables

from apikeys.decorators import P, PageRequest
from apikeys.keys.guards import AlreadySubmitted
from apikeys.models import ApiKey
from apikeys.views.base import at_table, modal
from apikeys.views.key_list import table_context


def create_once(
    view: Callable[Concatenate[PageRequest, P], HttpResponse],
) -> Callable[Concatenate[PageRequest, P], HttpResponse]:
    """Create a key. If the form was sent before, by a double click or a reload, show the key that it created then."""

    @wraps(view)
    def answer(request: PageRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except AlreadySubmitted as earlier:
            return modal(request, "keys/already_created", key=earlier.key)

    return answer


@sensitive_variables("secret")
def reveal(request: PageRequest, key: ApiKey, secret: str, *, in_browser: bool) -> HttpResponse:
    """Show a secret, once. No URL leads here: this is the response to the form that created the key.

    The browser fills in the secret of a key that it generated (static/js/key_generation.js). The server never has it.
    """
    place = '<span class="secret" translate="no">{}</span>'
    if in_browser:
        place, secret = '<span data-secret-of="{}">no longer in this browser: regenerate the key</span>', key.public_id
    context = {
        "key": key,
        "secret": secret and format_html(place, secret),
        "in_browser": in_browser,
        "at_table": at_table(request),
        "base_url": settings.PUBLIC_URL,
        "account_id": key.account.account_id,
        "api_key": key.public_id,
    }
    return render(request, "apikeys/keys/reveal_modal.html", context | table_context(request, request.GET))
