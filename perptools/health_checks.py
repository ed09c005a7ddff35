"""Health checks: `/healthz`, is this process alive; `/readyz`, can it serve requests.

Load balancers ask by IP address and over plain http, so these come before the host check and the redirect to https. The
answers reveal nothing else.
"""

import logging
from collections.abc import Callable
from functools import cache

from django.conf import settings
from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.http.response import HttpResponseBase

from apikeys.db import outage

logger = logging.getLogger(__name__)

READING = ("GET", "HEAD")


class HealthCheckMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        probe = HEALTH_CHECKS.get(request.path_info)
        if probe is None:
            return self.get_response(request)
        answer = probe() if request.method in READING else HttpResponseNotAllowed(READING)
        answer.headers["Cache-Control"] = "no-store"
        return answer


def healthz() -> HttpResponse:
    return JsonResponse({"status": "alive"})


def readyz() -> HttpResponse:
    try:
        missing = migrations() - applied_migrations()
    except Error as error:
        logger.error("Not ready: the database does not answer: %s", error)
        outage.part_with_connection()
        return _unready("the database does not answer")
    return _unready("migrations are missing") if missing else JsonResponse({"status": "ready"})


def _unready(why: str) -> HttpResponse:
    return JsonResponse({"status": "not ready", "why": why}, status=503, headers={"Retry-After": outage.RETRY_SECONDS})


@cache
def migrations() -> frozenset[tuple[str, str]]:
    """Return all migrations in this code. Reads the files once."""
    loader = MigrationLoader(None, load=False)
    loader.load_disk()
    return frozenset(loader.disk_migrations)


def applied_migrations() -> set[tuple[str, str]]:
    return set(MigrationRecorder(connection).applied_migrations())


HEALTH_CHECKS: dict[str, Callable[[], HttpResponse]] = dict(
    zip(settings.HEALTH_CHECK_PATHS, (healthz, readyz), strict=True)
)
