"""The middleware in front of the views: which headers are trusted, and the gate before /v1/."""

import logging
import secrets
import time
from collections.abc import Callable
from functools import cache
from itertools import count
from typing import cast

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, RequestDataTooBig
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, UnreadablePostError
from django.http.response import HttpResponseBase
from django.urls import Resolver404, ResolverMatch, resolve

from apikeys.authentication.admission import Admission, admit, check_size, count_accepted, recheck
from apikeys.authentication.replay_protection import REPEATABLE, remember_answer
from apikeys.crypto.request_signing import API_PATH
from apikeys.db import outage
from apikeys.http import responses, unknown_clients
from apikeys.http.call import Call
from apikeys.http.endpoints import ApiView, Endpoint, api_patterns, undeclared_views
from apikeys.http.errors import ApiError, BadParameter, BodyTooLarge, DatabaseUnavailable, InternalError, NotFound
from apikeys.http.request import READING, ApiRequest
from apikeys.http.request_checks import names_this_server
from apikeys.leaks import detection, insecure_transport
from apikeys.network import client_ip
from apikeys.permissions import Access

logger = logging.getLogger(__name__)

# Read from META, because creating `request.headers` costs more than reading all four.
SIGNING_HEADERS = ("HTTP_ORDERLY_ACCOUNT_ID", "HTTP_ORDERLY_KEY", "HTTP_ORDERLY_TIMESTAMP", "HTTP_ORDERLY_SIGNATURE")

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class TrustedProxyMiddleware:
    """Find the client (`request.client_ip`), and drop headers that only a trusted proxy can send."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        meta = request.META
        if meta.get("SCRIPT_NAME"):
            # Such a header could move a path past anything that checks its beginning.
            return HttpResponseBadRequest("SCRIPT_NAME is not accepted.", content_type="text/plain")
        proxies = settings.TRUSTED_PROXIES
        peer = client_ip.read_peer(meta.get("REMOTE_ADDR", ""))
        forwarded_for = meta.get("HTTP_X_FORWARDED_FOR", "")
        forwarded_proto = meta.pop("HTTP_X_FORWARDED_PROTO", "")
        if forwarded_proto and client_ip.is_trusted(peer, proxies):
            # The nearest proxy wrote the last value. Django would use the first one, which the client may have written.
            meta["HTTP_X_FORWARDED_PROTO"] = forwarded_proto.rpartition(",")[2].strip()
        client = client_ip.find(peer, forwarded_for, proxies)
        if (
            client is client_ip.UNKNOWN
            and client_ip.is_trusted(peer, proxies)
            and request.path_info not in settings.HEALTH_CHECK_PATHS
        ):
            unknown_clients.warn(meta.get("REMOTE_ADDR", ""), forwarded_for)
        request.client_ip = client  # type: ignore[attr-defined]
        return self.get_response(request)


class ApiKeyMiddleware:
    """Answer all requests under /v1/: find the view, pass the gate, call the view. Every answer is in the envelope.

    Sessions, CSRF and the rest of the middleware are skipped, because the view is called from here.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        if undeclared := list(undeclared_views()):
            raise ImproperlyConfigured(f"API views that do not declare who may call them: {', '.join(undeclared)}")
        self._process = secrets.token_hex(4)
        self._numbers = count()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not _is_api(request.path_info):
            return self.get_response(request)
        asked = cast(ApiRequest, request)
        asked.request_id = f"{self._process}{next(self._numbers):08x}"
        asked.call = read_call(asked)
        response = self._answer(asked)
        headers = response.headers
        headers["X-Request-Id"] = asked.request_id
        headers["Cache-Control"] = "no-store"
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Content-Length"] = str(len(response.content))
        if asked.method == "HEAD":
            response.content = b""
        return response

    def _answer(self, request: ApiRequest) -> HttpResponse:
        try:
            return self._call_view(request)
        except ApiError as error:
            return responses.failure(error, request.request_id)
        except RequestDataTooBig:
            return responses.failure(BodyTooLarge(), request.request_id)
        except UnreadablePostError:
            cut_short = BadParameter("The body ended before its length.", field="body")
            return responses.failure(cut_short, request.request_id)
        except Exception as failure:
            response = responses.failure(_failure(failure, request), request.request_id)
            if key := getattr(request, "api_key", None):
                count_accepted(request.call, Admission(key, request.admitted_for, None), response)
            return response

    def _call_view(self, request: ApiRequest) -> HttpResponse:
        call = request.call
        if not names_this_server(request):
            raise BadParameter("The Host header does not name this server.", field="Host")
        # Both even for unknown paths, because the secret has been sent.
        detection.pause_keys_in_url(call.path, call.query, call.client_ip)
        insecure_transport.check_transport(request)
        view, arguments = _find_view(request)
        if view.required is Access.PUBLIC:
            check_size(call)
            request.admitted_for = Access.PUBLIC
            return view(request, **arguments)
        admission = admit(call, view.required)
        request.api_key = admission.key
        request.admitted_for = admission.required
        if call.method in READING:
            response = _or_failure(request, view, arguments)
        else:
            response = _write(request, admission, view, arguments)
        count_accepted(call, admission, response)
        response.headers["X-Key-Expires"] = admission.key.expires_at.isoformat()
        if admission.budget:
            for name, value in admission.budget.headers.items():
                response.headers[name] = value
        return response


def read_call(request: ApiRequest) -> Call:
    """Read what the gate needs from the request, once, in the order of `Call`'s fields."""
    get = request.META.get
    return Call(
        request.method or "",
        request.path_info,
        get("QUERY_STRING", ""),
        get("RAW_URI"),
        get("HTTP_AUTHORIZATION"),
        tuple(map(get, SIGNING_HEADERS)),
        get("HTTP_X_RECV_WINDOW", ""),
        get("CONTENT_LENGTH", ""),
        get("HTTP_TRANSFER_ENCODING") is not None,
        request.client_ip,
        get("HTTP_USER_AGENT", ""),
        time.time(),
        request.request_id,
        lambda: request.body,
    )


def _is_api(path: str) -> bool:
    """Return whether a path is the API's, also with a second slash before it from a base URL that ends with one."""
    if path.startswith("//"):
        path = f"/{path.lstrip('/')}"
    return f"{path}/".startswith(API_PATH)


def _failure(error: Exception, request: ApiRequest) -> ApiError:
    named = {"request_id": request.request_id}
    if not outage.is_outage(error):
        logger.error("Call %s failed", request.request_id, exc_info=error, extra=named)
        return InternalError()
    logger.error("Call %s failed: the database does not answer: %s", request.request_id, error, extra=named)
    outage.part_with_connection()
    return DatabaseUnavailable(headers={"Retry-After": str(outage.RETRY_SECONDS)})


def _find_view(request: ApiRequest) -> tuple[ApiView, dict[str, object]]:
    if request.path_info.startswith("//"):
        raise NotFound("The path begins with two slashes. Remove the slash at the end of your base URL.")
    match = _resolve(request.path_info)
    if match is None or _hides_a_slash(request.call.target or ""):
        raise NotFound
    request.resolver_match = match
    if not isinstance(match.func, Endpoint):
        raise NotFound
    return match.func.view_for(request.method), match.kwargs


def _hides_a_slash(target: str) -> bool:
    """Return whether a path has an escaped slash, which a filter in front of us may have read as a letter."""
    return "%" in target and "%2f" in target.partition("?")[0].lower()


def _resolve(path: str) -> ResolverMatch | None:
    return fixed_paths(settings.ROOT_URLCONF).get(path) or _resolve_any(path)


def _resolve_any(path: str) -> ResolverMatch | None:
    if "\0" in path:
        return None  # PostgreSQL stores no NUL, so no parameter can contain one
    try:
        return resolve(path)
    except Resolver404:
        return None


@cache
def fixed_paths(urlconf: str) -> dict[str, ResolverMatch]:
    """Resolve the API's paths without parameters in advance: Django tries its patterns one after the other."""
    paths = (f"/{path}" for path, _ in api_patterns() if "<" not in path)
    return {path: match for path in paths if (match := _resolve_any(path))}


def _write(request: ApiRequest, admission: Admission, view: ApiView, arguments: dict[str, object]) -> HttpResponse:
    """Run a write and the last check of its key in one transaction. Its body has been received, so no client is waited
    for.

    Views reject before they write, so a rejection leaves only the used signature. A rejected order can't be replayed,
    either, in the hope that it is accepted later.
    """
    call = request.call
    call.read_body()  # before the key's row is locked, because the client may take long
    with transaction.atomic():
        if (answer := recheck(call, admission)) is not None:
            return HttpResponse(answer, content_type=responses.JSON)
        response = _or_failure(request, view, arguments)
        if admission.signed and call.method in REPEATABLE and response.status_code == 200:
            remember_answer(admission.signed, response.content)
        return response


def _or_failure(request: ApiRequest, view: ApiView, arguments: dict[str, object]) -> HttpResponse:
    try:
        return view(request, **arguments)
    except ApiError as error:
        return responses.failure(error, request.request_id)
