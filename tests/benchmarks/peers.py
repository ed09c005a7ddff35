"""The same response behind other libraries for API keys, each set up as its documentation begins."""

import hashlib
from typing import Any

from django.http import HttpRequest
from django.urls import path
from knox.auth import TokenAuthentication as KnoxAuthentication
from ninja import NinjaAPI
from ninja.security import HttpBearer
from rest_framework.authentication import TokenAuthentication
from rest_framework.authtoken.models import Token
from rest_framework.decorators import api_view, authentication_classes, permission_classes
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework_api_key.permissions import HasAPIKey

from perptools.trading.api import account_serializers
from perptools.trading.models import Balance
from tests.benchmarks.answers import ANSWER


@api_view(["GET"])
@permission_classes([HasAPIKey])
def drf_api_key(request: Request) -> Response:
    return Response(ANSWER)


@api_view(["GET"])
@permission_classes([HasAPIKey])
def drf_api_key_balance(request: Request) -> Response:
    return Response(
        {"success": True, "data": {"holding": [account_serializers.holding_row(Balance.objects.get(account=1))]}}
    )


@api_view(["GET"])
@authentication_classes([TokenAuthentication])
@permission_classes([IsAuthenticated])
def authtoken(request: Request) -> Response:
    return Response(ANSWER)


@api_view(["GET"])
@authentication_classes([KnoxAuthentication])
@permission_classes([IsAuthenticated])
def knox(request: Request) -> Response:
    return Response(ANSWER)


class TokenOfUser(HttpBearer):
    """Ninja reads the header and leaves the lookup to its user: here by the token's digest, with its owner."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        digest = hashlib.sha256(token.encode()).hexdigest()[:40]
        return Token.objects.select_related("user").filter(key=digest, user__is_active=True).first()


ninja = NinjaAPI()


@ninja.get("/ninja", auth=TokenOfUser())
def ninja_answer(request: HttpRequest) -> dict[str, Any]:
    return ANSWER


urlpatterns = [
    path("drf-api-key", drf_api_key),
    path("drf-api-key-balance", drf_api_key_balance),
    path("authtoken", authtoken),
    path("knox", knox),
    path("", ninja.urls),
]
