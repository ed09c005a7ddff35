from django.urls import path

from apikeys import leak_report, review_views
from apikeys.permissions import endpoint

app_name = "review"
_FINDING = "portfolio/api-keys/<int:key_id>/<slug:code>"
urlpatterns = [
    path("portfolio/api-keys/review/", review_views.review, name="list"),
    path("portfolio/api-keys/review/all/", review_views.review_all, name="all"),
    path(f"{_FINDING}/fix/<slug:verb>/", review_views.fix, name="fix"),
    path(f"{_FINDING}/split/", review_views.split, name="split"),
    path(f"{_FINDING}/snooze/", review_views.snooze, name="snooze"),
    path(f"{_FINDING}/accept/", review_views.accept, name="accept"),
    path(f"{_FINDING}/reopen/", review_views.reopen, name="reopen"),
    path("report-a-leak/", leak_report.page, name="leak"),
    path("v1/public/leaked_key", endpoint(POST=leak_report.report_leaked_key)),
]
