from django.urls import path, re_path
from django.views.generic import RedirectView

from apikeys.api import leaked_keys
from apikeys.http.endpoints import endpoint
from apikeys.views import (
    audit_export,
    guide,
    key_bulk_actions,
    key_creation,
    key_deletion,
    key_detail,
    key_editing,
    key_list,
    key_pausing,
    key_preview,
    key_regeneration,
    leak_report,
    notifications,
    review,
    review_dismissal,
    review_fixes,
    review_split,
    signature_checker,
    undo,
    walkthrough,
)

app_name = "apikeys"
urlpatterns = [
    path("portfolio/api-keys/", key_list.key_list, name="key_list"),
    path("portfolio/api-keys", RedirectView.as_view(pattern_name="apikeys:key_list", query_string=True)),
    path("portfolio/api-keys/new/", key_creation.key_create, name="key_create"),
    path("portfolio/api-keys/check-networks/", key_preview.check_networks, name="check_networks"),
    path("portfolio/api-keys/preview/", key_preview.key_preview, name="key_preview"),
    path("portfolio/api-keys/pause/", key_bulk_actions.keys_pause, name="keys_pause"),
    path("portfolio/api-keys/undo/", undo.undo_events, name="undo"),
    path("portfolio/api-keys/delete/", key_bulk_actions.keys_delete, name="keys_delete"),
    re_path(r"^portfolio/api-keys/history\.(?P<kind>csv|jsonl)\Z", audit_export.keys_history, name="keys_history"),
    re_path(
        r"^portfolio/api-keys/(?P<key_id>[0-9]{1,18})/history\.(?P<kind>csv|jsonl)\Z",
        audit_export.key_history_file,
        name="key_history",
    ),
    path("portfolio/api-keys/<int:key_id>/", key_detail.key_detail, name="key_detail"),
    path("portfolio/api-keys/<int:key_id>/first-call/", key_detail.first_request, name="first_request"),
    path("portfolio/api-keys/<int:key_id>/edit/", key_editing.key_edit, name="key_edit"),
    path("portfolio/api-keys/<int:key_id>/preview/", key_preview.key_preview, name="key_edit_preview"),
    path("portfolio/api-keys/<int:key_id>/pause/", key_pausing.key_pause, name="key_pause"),
    path("portfolio/api-keys/<int:key_id>/resume/", key_pausing.key_resume, name="key_resume"),
    path("portfolio/api-keys/<int:key_id>/regenerate/", key_regeneration.key_regenerate, name="key_regenerate"),
    path("portfolio/api-keys/<int:key_id>/delete/", key_deletion.key_delete, name="key_delete"),
    path("guide", guide.guide, name="guide"),
    path("guide/", RedirectView.as_view(pattern_name="apikeys:guide", query_string=True)),
    path("guide/check-signature", signature_checker.check_signature, name="check_signature"),
]

notification_patterns = [
    path("", notifications.notification_list, name="list"),
    path("unread/", notifications.unread, name="unread"),
    path("read/", notifications.mark_read, name="read"),
]

_REVIEW = "portfolio/api-keys/review"
_FINDING = "portfolio/api-keys/<int:key_id>/<slug:code>"
review_patterns = [
    path(f"{_REVIEW}/", review.review, name="list"),
    path(f"{_REVIEW}/all/", walkthrough.walkthrough, name="all"),
    path(f"{_REVIEW}/<slug:code>/", review.group, name="group"),
    path(f"{_REVIEW}/<slug:code>/fix/<slug:verb>/", review_fixes.fix, name="fix_all"),
    path(f"{_REVIEW}/<slug:code>/dismiss/", review_dismissal.dismiss, name="dismiss_all"),
    path(f"{_REVIEW}/<slug:code>/reopen/", review_dismissal.reopen, name="reopen"),
    path(f"{_FINDING}/fix/<slug:verb>/", review_fixes.fix, name="fix"),
    path(f"{_FINDING}/dismiss/", review_dismissal.dismiss, name="dismiss"),
    path(f"{_FINDING}/split/", review_split.split, name="split"),
    path("report-a-leak/", leak_report.page, name="leak"),
    path("v1/public/leaked_key", endpoint(POST=leaked_keys.report_leaked_key)),
]
