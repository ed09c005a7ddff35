from django.urls import path

from perptools.users import appearance, views

app_name = "settings"
urlpatterns = [
    path("", views.page, name="page"),
    path("notifications/", views.choose_notifications, name="notifications"),
    path("appearance/", appearance.choose, name="appearance"),
    path("sessions/end/", views.end_other_sessions, name="end_sessions"),
    path("sessions/<int:session_id>/end/", views.end_session, name="end_session"),
    path("keys/", views.keys_still_work, name="keys_still_work"),
]
