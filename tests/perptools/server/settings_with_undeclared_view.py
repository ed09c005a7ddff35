"""Settings with an API view that doesn't declare its access."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from perptools.settings import *  # noqa: F403

ROOT_URLCONF = __name__


def forgotten(request: HttpRequest) -> HttpResponse:
    return HttpResponse("open to everybody")


urlpatterns = [path("v1/forgotten", forgotten)]
