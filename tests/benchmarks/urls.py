from django.apps import apps
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path

from apikeys.http import responses
from apikeys.http.endpoints import endpoint, requires
from apikeys.http.request import ApiRequest
from apikeys.permissions import Permission
from perptools.urls import urlpatterns as product
from tests.benchmarks.answers import ANSWER, HOLDING


def bare(request: HttpRequest) -> HttpResponse:
    return JsonResponse(ANSWER)


@requires(Permission.READ)
def still(request: ApiRequest) -> HttpResponse:
    """Return a balance without the database: what remains is the gate."""
    return responses.success(HOLDING)


urlpatterns = [path("bare", bare), path("v1/still", endpoint(GET=still)), *product]
if apps.is_installed("rest_framework_api_key"):
    urlpatterns.insert(1, path("peers/", include("tests.benchmarks.peers")))
