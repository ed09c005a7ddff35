"""The Settings page: sign-in, sessions, notifications by e-mail, time zone."""

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from apikeys.decorators import PageRequest, signed_in
from apikeys.edited_fields import OUT_OF_DATE, EditedFieldsForm
from apikeys.models import ApiKey, NotificationPreferences
from perptools.users import sessions


class NotificationForm(EditedFieldsForm):
    class Meta:
        model = NotificationPreferences
        fields = ("changes", "expiry", "findings")


@require_safe
@signed_in
def page(request: PageRequest) -> HttpResponse:
    choices, _ = NotificationPreferences.objects.get_or_create(user=request.user)
    context = {
        "active": "settings",
        "now": timezone.now(),
        "notification_form": NotificationForm(instance=choices),
        "sessions": sessions.list_sessions(request),
        "two_factor": Authenticator.objects.filter(user=request.user, type=Authenticator.Type.TOTP).first(),
        "zone": timezone.get_current_timezone_name(),
    }
    return render(request, "users/settings.html", context)


@require_POST
@signed_in
def choose_notifications(request: PageRequest) -> HttpResponse:
    choices, _ = NotificationPreferences.objects.get_or_create(user=request.user)
    with transaction.atomic():
        form = NotificationForm(
            request.POST, instance=NotificationPreferences.objects.select_for_update().get(pk=choices.pk)
        )
        if form.is_valid():
            form.save()
            messages.success(request, "Notifications updated")
        else:
            messages.error(request, OUT_OF_DATE)
    return redirect("settings:page")


@require_POST
@signed_in
def end_session(request: PageRequest, session_id: int) -> HttpResponse:
    session = get_object_or_404(UserSession, pk=session_id, user=request.user)
    if sessions.is_this(request, session):
        return redirect("account_logout")
    session.end()
    messages.success(request, "Session ended")
    return redirect("settings:page")


@require_POST
@signed_in
def end_other_sessions(request: PageRequest) -> HttpResponse:
    for session in UserSession.objects.filter(user=request.user):
        if not sessions.is_this(request, session):
            session.end()
    messages.success(request, "All other sessions ended")
    return redirect("settings:keys_still_work")


@require_safe
@signed_in
def keys_still_work(request: PageRequest) -> HttpResponse:
    """Say that API keys still work, after a new password or signing out everywhere."""
    keys = ApiKey.objects.owned_by(request.user).running(timezone.now())
    if not keys:
        return redirect("settings:page")
    return render(request, "users/keys_unaffected.html", {"active": "settings", "keys": keys})
