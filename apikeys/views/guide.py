"""The API guide, which anyone can read. For a trader, its snippets contain the Account ID and a key of theirs."""

from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from apikeys import guide as api_guide
from apikeys.crypto import credentials, secret_scanning
from apikeys.decorators import PageRequest, page
from apikeys.forms.signature_checker import SignatureForm
from apikeys.http.parsing import primary_key
from apikeys.models import MAX_LIFETIME, ApiKey, Kind

LONGEST_SEARCH = 100


@require_safe
@page
def guide(request: PageRequest) -> HttpResponse:
    searched = request.GET.get("q", "")[:LONGEST_SEARCH].replace("\0", "")
    rows = sorted(api_guide.endpoints(), key=attrgetter("needs"))
    context = {
        "active": "guide",
        "base_url": settings.PUBLIC_URL,
        "max_lifetime": MAX_LIFETIME,
        "client_ip": request.client_ip,
        "calls_per_second": settings.API_CALLS_PER_SECOND,
        "failures_per_minute": settings.API_FAILURES_PER_MINUTE,
        "example": api_guide.EXAMPLE,
        "searched": searched,
        "found_errors": api_guide.find_errors(searched),
        "endpoints": [(needs, list(found)) for needs, found in groupby(rows, attrgetter("needs"))],
        "token_pattern": secret_scanning.TOKEN_PATTERN,
        "form": SignatureForm(),
    }
    return render(request, "apikeys/guide/guide.html", context | readers_keys(request))


def readers_keys(request: PageRequest) -> dict[str, Any]:
    """Return the reader's keys that work, the chosen one, and what the snippets for each kind of key contain."""
    running = ApiKey.objects.owned_by(request.user).running(timezone.now()).filter(replaced_at=None)
    keys = list(running.select_related("account"))
    wanted = primary_key(request.GET.get("key", ""))
    chosen = next((key for key in keys if key.pk == wanted), keys[0] if keys else None)
    first = [chosen, *keys] if chosen else []
    signing, bearer = _first_of(Kind.SIGNING, first), _first_of(Kind.BEARER, first)
    return {
        "keys": keys,
        "chosen": chosen,
        "account_id": chosen.account.account_id if chosen else "0x…",
        "api_key": signing.public_id if signing else "ed25519:…",
        "token": f"{credentials.key_id(bearer.public_id)}_…" if bearer else "ptk_…",
    }


def _first_of(kind: Kind, keys: Sequence[ApiKey]) -> ApiKey | None:
    return next((key for key in keys if key.kind == kind), None)
