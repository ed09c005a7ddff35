"""The product's pages, and one that fails in the middle of its response."""

from collections.abc import Iterator

from django.http import HttpRequest, StreamingHttpResponse
from django.urls import include, path


def failing(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(begun_and_lost())


def begun_and_lost() -> Iterator[bytes]:
    yield b"begun"
    raise RuntimeError("the rest is lost")


urlpatterns = [path("failing", failing), path("", include("perptools.urls"))]
