from allauth.account.decorators import secure_admin_login
from allauth.account.views import confirm_email
from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from apikeys.urls import notification_patterns, review_patterns
from perptools.trading.api import streams

# Admins use the normal sign-in page, with its rate limits.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

admin.site.site_header = admin.site.site_title = "PERPTools administration"
admin.site.enable_nav_sidebar = False  # the key table needs its space

handler500 = "perptools.error_views.page"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="apikeys:key_list")),
    path("", include("apikeys.urls")),
    path("", include((review_patterns, "review"))),
    path("portfolio/notifications/", include((notification_patterns, "notifications"))),
    path("portfolio/notices/", RedirectView.as_view(pattern_name="notifications:list")),  # its old address
    path("portfolio/settings/", include("perptools.users.urls")),
    path("", include("perptools.trading.urls")),
    path("v1/", include("apikeys.api.urls")),
    path("v1/", include("perptools.trading.api.urls")),
    path("ws/<path:path>", streams.not_offered),
    path("v2/ws/<path:path>", streams.not_offered),
    re_path(r"^account/confirm-email/(?P<key>[-:\w]+)/$", login_required(confirm_email)),  # see AccountAdapter
    path("account/", include("allauth.account.urls")),
    path("account/two-factor/", include("allauth.mfa.urls")),
    path("admin/", admin.site.urls),
]
