from django.urls import path

from apikeys import notice_views

app_name = "notices"
urlpatterns = [
    path("", notice_views.notice_list, name="list"),
    path("unread/", notice_views.unread, name="unread"),
    path("read/", notice_views.notices_read, name="read"),
]
