"""Anybody who found a token or a secret key may report it: its key is paused and its owner told.

The answer comes before the looking, so that neither what it says nor how long it takes tells whether it was real.
"""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import msgspec
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from apikeys import envelope, exposure, throttling
from apikeys.errors import BadParameter, TooManyFailures
from apikeys.networks import Address
from apikeys.parameters import read_body
from apikeys.permissions import ApiRequest, public
from apikeys.review_forms import LeakForm

logger = logging.getLogger(__name__)

LONGEST_REPORT = 4_000  # characters
REASON = "Its secret was reported as leaked."
THANKS = "Thank you. If it is the secret of a key, that key is paused now and its owner is told."

_one_at_a_time = ThreadPoolExecutor(max_workers=1, thread_name_prefix="leak reports")


class LeakedKey(msgspec.Struct):
    secret: str


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("secret")
def page(request: HttpRequest) -> HttpResponse:
    form = LeakForm(request.POST if request.method == "POST" else None)
    context = {"form": form, "thanks": ""}
    if form.is_valid():
        try:
            receive(form.cleaned_data["secret"], request.caller)  # type: ignore[attr-defined]
            context = {"form": LeakForm(), "thanks": THANKS}
        except TooManyFailures:
            context = {"form": LeakForm(), "busy": "Too many reports from your address. Wait a minute, then try again."}
    return render(request, "apikeys/leak_report.html", context)


@public
def report_leaked_key(request: ApiRequest) -> HttpResponse:
    secret = read_body(request, LeakedKey).secret
    if len(secret) > LONGEST_REPORT:
        raise BadParameter(f"secret: at most {LONGEST_REPORT} characters.", field="secret")
    receive(secret, request.caller)
    return envelope.success({"message": THANKS})


@sensitive_variables()
def receive(text: str, caller: Address | None) -> None:
    """Take a report. Raises TooManyFailures past an address's budget, whatever it reports."""
    where = str(caller or "unknown")
    throttling.charge_failure(f"report:{where if caller is None or caller.version == 4 else int(caller) >> 64}")
    later(lambda: exposure.expose_secrets_in(text, REASON, where))


def later(work: Callable[[], None]) -> None:
    _one_at_a_time.submit(_do, work)


def _do(work: Callable[[], None]) -> None:
    try:
        work()
    except Exception:
        logger.exception("A leak report could not be followed up")
    finally:
        connection.close()  # the thread's own; reports are rare
