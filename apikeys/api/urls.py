"""The paths under /v1/ that are about the calling key itself."""

from django.urls import path

from apikeys import api
from apikeys.permissions import endpoint

urlpatterns = [
    path("whoami", endpoint(GET=api.whoami)),
    path("ip_info", endpoint(GET=api.ip_info)),
    path("client/key_info", endpoint(GET=api.key_info)),
    path("client/orderly_key_ip_restriction", endpoint(GET=api.ip_restriction)),
    path("client/set_orderly_key_ip_restriction", endpoint(POST=api.change_ip_restriction)),
    path("client/reset_orderly_key_ip_restriction", endpoint(POST=api.change_ip_restriction)),
    path("client/remove_orderly_key", endpoint(POST=api.remove_itself)),
]
