from django.urls import path

from perptools import settings_views

app_name = "settings"
urlpatterns = [
    path("", settings_views.page, name="page"),
    path("notices/", settings_views.choose_notices, name="notices"),
    path("sessions/end/", settings_views.end_other_sessions, name="end_sessions"),
    path("sessions/<int:session_id>/end/", settings_views.end_session, name="end_session"),
    path("keys/", settings_views.keys_still_work, name="keys_still_work"),
]
