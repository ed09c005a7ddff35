"""What admins can do about people: deactivate a user, remove a lost second factor, end a session.

They can't sign in as someone else: no sign-in secret is shown, can be guessed by filtering, or can be replaced.
"""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.http import HttpRequest

from apikeys.audit.log import Actor
from apikeys.edited_fields import EditedFieldsForm
from apikeys.readonly_admin import ReadOnlyAdmin
from perptools.users import deactivation

admin.site.unregister((Authenticator, EmailAddress, Group, User, UserSession))


class PeopleAdmin(ReadOnlyAdmin):
    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Allow only the page's filters: with others, a session key or second factor could be guessed bit by bit."""
        return lookup.split("__")[0] in self.list_filter


@admin.register(User)
class UserAdmin(PeopleAdmin):
    """People sign up and choose their passwords themselves. A superuser decides who is an admin."""

    form = EditedFieldsForm
    list_display = ("username", "email", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff")
    search_fields = ("username", "email")
    fields = (
        "username",
        "email",
        "is_active",
        "is_staff",
        "is_superuser",
        "user_permissions",
        "last_login",
        "date_joined",
    )
    filter_horizontal = ("user_permissions",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return admin.ModelAdmin.has_change_permission(self, request, obj)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> User | None:
        """Lock a user before saving, so that an admin reads what another one has just saved."""
        user: User | None = super().get_object(request, object_id, from_field)
        if user is None or request.method != "POST":
            return user
        return User.objects.select_for_update(no_key=True).get(pk=user.pk)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if not obj.is_active or "is_active" in form.changed_data:
            by = Actor(user=request.user, address=str(request.client_ip))  # type: ignore[arg-type,attr-defined]
            deactivation.take_access_away(obj, by=by)
        super().save_model(request, obj, form, change)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        mine = (
            {"is_active", "is_staff", "is_superuser", "user_permissions"}
            if request.user.is_superuser
            else {"is_active"}
        )
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            mine = set()
        return [field for field in self.fields if field not in mine]


class RemovableAdmin(PeopleAdmin):
    exclude = ("data",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return admin.ModelAdmin.has_delete_permission(self, request, obj)


@admin.register(Authenticator)
class AuthenticatorAdmin(RemovableAdmin):
    list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = ("type",)
    list_select_related = ("user",)
    search_fields = ("user__email",)


@admin.register(UserSession)
class UserSessionAdmin(RemovableAdmin):
    list_display = ("user", "created_at", "last_seen_at", "ip", "user_agent")
    list_select_related = ("user",)
    search_fields = ("user__email",)

    def delete_model(self, request: HttpRequest, obj: UserSession) -> None:
        obj.end()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[UserSession]) -> None:
        for session in queryset:
            session.end()
