"""The paths under /v1/ that are about the API key itself."""

from django.urls import path

from apikeys.api import views as api_views
from apikeys.http.endpoints import endpoint

urlpatterns = [
    path("whoami", endpoint(GET=api_views.whoami)),
    path("ip_info", endpoint(GET=api_views.ip_info)),
    path("client/key_info", endpoint(GET=api_views.key_info)),
    path("client/orderly_key_ip_restriction", endpoint(GET=api_views.ip_restriction)),
    path("client/set_orderly_key_ip_restriction", endpoint(POST=api_views.change_ip_restriction)),
    path("client/reset_orderly_key_ip_restriction", endpoint(POST=api_views.change_ip_restriction)),
    path("client/remove_orderly_key", endpoint(POST=api_views.remove_itself)),
]
