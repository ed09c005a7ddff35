"""The trader's notifications, newest first: their page, and what the bell shows of them."""

from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from apikeys.db.batching import locked
from apikeys.decorators import PageRequest, signed_in
from apikeys.http.parsing import primary_key
from apikeys.models import Notification

PAGE, IN_THE_BELL = 25, 6


@require_safe
@signed_in
def notification_list(request: PageRequest) -> HttpResponse:
    """Show the page or, for htmx, the panel below the bell."""
    return shown(request)


def shown(request: PageRequest) -> HttpResponse:
    notifications = Notification.objects.filter(user=request.user).select_related("key")
    in_bell = request.htmx.target == "bell-notifications"
    page = Paginator(notifications, IN_THE_BELL if in_bell else PAGE).get_page(request.GET.get("page"))
    newest = page.object_list[0].pk if page.object_list else 0
    context = {"active": "notifications", "now": timezone.now(), "page": page, "newest": newest, "in_bell": in_bell}
    return render(
        request, f"apikeys/notifications/notification_list.html{'#bell-notifications' if in_bell else ''}", context
    )


@require_safe
@signed_in
def unread(request: PageRequest) -> HttpResponse:
    """Show the number at the bell. The open page asks for it regularly."""
    return render(request, "apikeys/notifications/_unread_count.html")


@require_POST
@signed_in
def mark_read(request: PageRequest) -> HttpResponse:
    """Mark as read what the page showed. Notifications that came later stay unread."""
    if newest := primary_key(request.POST.get("newest", "")):
        seen = Notification.objects.filter(user=request.user, read_at=None, pk__lte=newest)
        with transaction.atomic():
            locked(seen).update(read_at=timezone.now())
    return shown(request) if request.htmx else redirect("notifications:list")
