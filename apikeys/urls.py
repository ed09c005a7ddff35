from django.urls import path, re_path

from apikeys import bulk_views, detail_views, signature_views, trail_views, views

app_name = "apikeys"
urlpatterns = [
    path("portfolio/api-keys/", views.key_list, name="key_list"),
    path("portfolio/api-keys/new/", views.key_create, name="key_create"),
    path("portfolio/api-keys/check-networks/", views.check_networks, name="check_networks"),
    path("portfolio/api-keys/outlook/", views.key_outlook, name="key_outlook"),
    path("portfolio/api-keys/pause/", bulk_views.keys_pause, name="keys_pause"),
    path("portfolio/api-keys/delete/", bulk_views.keys_delete, name="keys_delete"),
    re_path(r"^portfolio/api-keys/history\.(?P<kind>csv|jsonl)\Z", trail_views.keys_history, name="keys_history"),
    re_path(
        r"^portfolio/api-keys/(?P<key_id>[0-9]{1,18})/history\.(?P<kind>csv|jsonl)\Z",
        trail_views.key_history_file,
        name="key_history",
    ),
    path("portfolio/api-keys/<int:key_id>/", detail_views.key_detail, name="key_detail"),
    path("portfolio/api-keys/<int:key_id>/first-call/", detail_views.first_call, name="first_call"),
    path("portfolio/api-keys/<int:key_id>/edit/", views.key_edit, name="key_edit"),
    path("portfolio/api-keys/<int:key_id>/outlook/", views.key_outlook, name="key_edit_outlook"),
    path("portfolio/api-keys/<int:key_id>/pause/", views.key_pause, name="key_pause"),
    path("portfolio/api-keys/<int:key_id>/resume/", views.key_resume, name="key_resume"),
    path("portfolio/api-keys/<int:key_id>/regenerate/", views.key_regenerate, name="key_regenerate"),
    path("portfolio/api-keys/<int:key_id>/delete/", views.key_delete, name="key_delete"),
    path("guide", views.guide, name="guide"),
    path("guide/check-signature", signature_views.check_signature, name="check_signature"),
]
