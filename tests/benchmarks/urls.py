from django.apps import apps
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path

from apikeys import envelope
from apikeys.permissions import ApiRequest, Permission, endpoint, requires
from perptools.urls import urlpatterns as product
from tests.benchmarks.answers import ANSWER, HOLDING


def bare(request: HttpRequest) -> HttpResponse:
    return JsonResponse(ANSWER)


@requires(Permission.READ)
def still(request: ApiRequest) -> HttpResponse:
    """A balance that needs no database: what is left is the gate."""
    return envelope.success(HOLDING)


urlpatterns = [path("bare", bare), path("v1/still", endpoint(GET=still)), *product]
if apps.is_installed("rest_framework_api_key"):
    urlpatterns.insert(1, path("peers/", include("tests.benchmarks.peers")))
