"""The Django admin: admins see all keys and their audit log, and can delete keys, but not create or edit any."""

from collections.abc import Iterable
from itertools import islice
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.contrib.admin.views.main import ChangeList
from django.contrib.admin.widgets import AdminTextInputWidget
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from apikeys.audit import export
from apikeys.audit.log import Actor
from apikeys.crypto import credentials
from apikeys.edited_fields import EditedFieldsForm
from apikeys.keys import accounts, deletion, validation
from apikeys.models import Account, ApiKey, ApiKeyQuerySet, KeyEvent, KeyUsage, LoggedRequest, Status
from apikeys.permissions import Permission
from apikeys.readonly_admin import ReadOnlyAdmin
from apikeys.review import decisions
from apikeys.review.findings import Level
from apikeys.wording import counted

REVIEWED_AT_ONCE = 500


class StatusFilter(admin.SimpleListFilter):
    title = "status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(Status.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> QuerySet[ApiKey] | None:
        chosen = self.value()
        if chosen not in Status.values:
            return None
        return cast(ApiKeyQuerySet, queryset).with_status(Status(chosen), timezone.now())


class PermissionFilter(admin.SimpleListFilter):
    title = "permission"
    parameter_name = "permission"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(permission, permission.title()) for permission in Permission]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> QuerySet[ApiKey] | None:
        match self.value():
            case Permission.READ:
                return queryset.filter(can_read=True)
            case Permission.TRADING:
                return queryset.filter(can_trade=True)
        return None


class HealthFilter(admin.SimpleListFilter):
    """Filter by the worst open finding. This reviews every live key in the list: seconds for ten thousand keys."""

    title = "health"
    parameter_name = "health"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        worst = [(level.label, f"worst finding {level.label}") for level in sorted(Level, reverse=True)]
        return [*worst, ("sound", "nothing found")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> QuerySet[ApiKey] | None:
        if self.value() not in dict(self.lookups(request, None)):
            return None
        live = cast(ApiKeyQuerySet, queryset).live()
        worst = worst_levels(live.select_related("account__user").iterator(chunk_size=REVIEWED_AT_ONCE))
        return live.filter(pk__in=[key_id for key_id, level in worst.items() if level == self.value()])


def worst_levels(keys: Iterable[ApiKey]) -> dict[int, str]:
    """Return the level of each key's worst open finding. Reviews some hundreds of keys at a time."""
    found: dict[int, str] = {}
    keys = iter(keys)
    while some := list(islice(keys, REVIEWED_AT_ONCE)):
        found |= {key.pk: "sound" for key in some}
        for finding in reversed(decisions.review(some, timezone.now()).open):
            found[finding.key.pk] = finding.level.label
    return found


class ReasonForm(forms.Form):
    reason = forms.CharField(
        max_length=300, widget=AdminTextInputWidget, help_text="We email this to the owner of each key."
    )

    def clean(self) -> None:
        validation.reject_secret("reason", self.cleaned_data.get("reason", ""))


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    list_display = (
        "name",
        "masked",
        "account",
        "state",
        "health",
        "granted",
        "address_rule",
        "expires_at",
        "last_used_at",
    )
    list_filter = (StatusFilter, HealthFilter, "kind", PermissionFilter, "address_rule", "purpose")
    list_select_related = ("account__user",)
    search_fields = ("name", "public_id", "account__account_id", "account__uid", "account__user__email")
    search_help_text = "Name, API key, Account ID, UID or email"
    exclude = ("secret_hash", "secret_prefix_digest", "idempotency_key")
    actions = ("revoke",)
    date_hierarchy = "created_at"

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        changelist = super().get_changelist_instance(request)
        shown = list(changelist.result_list)
        levels = worst_levels(key for key in shown if not key.revoked_at)
        for key in shown:
            key.worst_level = levels.get(key.pk, "")
        changelist.result_list = shown
        return changelist

    @admin.display
    def health(self, key: ApiKey) -> str:
        return getattr(key, "worst_level", "")

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Reject filters on hidden fields in the URL, with which their values could be guessed letter by letter."""
        return lookup.split("__")[0] not in self.exclude and super().lookup_allowed(lookup, value, request)

    @admin.display(description="API key")
    def masked(self, key: ApiKey) -> str:
        return credentials.mask(key.public_id)

    @admin.display(description="permissions")
    def granted(self, key: ApiKey) -> str:
        return ", ".join(permission.title() for permission in Permission if permission in key.permissions)

    @admin.display(description="status")
    def state(self, key: ApiKey) -> str:
        return key.status(timezone.now()).label

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("apikeys.change_apikey")

    @admin.action(description="Delete selected API keys…", permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> HttpResponse | None:
        form = ReasonForm(request.POST if "confirmed" in request.POST else None)
        if not form.is_valid():
            return self._ask_for_a_reason(request, queryset, form)
        by = Actor(user=request.user, address=str(request.client_ip))  # type: ignore[arg-type,attr-defined]
        chosen = ApiKey.objects.filter(pk__in=queryset.values_list("pk", flat=True))
        keys = deletion.revoke_all(chosen, by=by, reason=form.cleaned_data["reason"])
        self.message_user(
            request,
            f"{counted(len(keys), 'API key')} deleted. We emailed your reason to the owner of each key.",
            messages.SUCCESS,
        )
        return None

    def _ask_for_a_reason(self, request: HttpRequest, queryset: QuerySet[ApiKey], form: ReasonForm) -> TemplateResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": "Delete API keys",
            "opts": self.model._meta,
            "keys": queryset.select_related("account"),
            "form": form,
            "checkbox": helpers.ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/apikeys/apikey/revoke.html", context)


class WalletForm(EditedFieldsForm):
    class Meta:
        model = Account
        fields = ("wallet",)
        help_texts = {
            "wallet": "Make sure that it belongs to the owner. The Account ID becomes the one that Orderly derives."
        }

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if "wallet" in self.cleaned_data:
            accounts.check_wallet(self.instance, self.cleaned_data["wallet"])
        return cleaned


@admin.register(Account)
class AccountAdmin(ReadOnlyAdmin):
    """Read-only, except for the wallet of an account that has no keys yet."""

    form = WalletForm
    list_display = ("account_id", "uid", "user", "wallet", "created_at")
    search_fields = ("account_id", "uid", "user__email", "wallet")
    list_select_related = ("user",)
    fields = ("user", "account_id", "uid", "wallet", "created_at")
    readonly_fields = ("user", "account_id", "uid", "created_at")

    def has_change_permission(self, request: HttpRequest, obj: Account | None = None) -> bool:
        return obj is not None and request.user.has_perm("apikeys.change_account") and not obj.keys.exists()

    def save_model(self, request: HttpRequest, obj: Account, form: Any, change: bool) -> None:
        if form.has_changed():  # saving it unchanged would give an account without a wallet another Account ID
            accounts.link_wallet(obj, form.cleaned_data["wallet"])


def _actor_label(event: KeyEvent) -> tuple[str, str]:
    return event.actor.get_username() if event.actor else "PERPTools", event.address


@admin.register(KeyEvent)
class KeyEventAdmin(ReadOnlyAdmin):
    list_display = ("at", "kind", "key", "actor", "address", "reason")
    list_filter = ("kind",)
    list_select_related = ("key", "actor")
    search_fields = ("key__name", "key__public_id", "key__account__account_id", "key__account__uid", "reason")
    date_hierarchy = "at"
    actions = ("export_csv", "export_json_lines")

    @admin.action(description="Export selected events as CSV", permissions=["view"])
    def export_csv(self, request: HttpRequest, queryset: QuerySet[KeyEvent]) -> StreamingHttpResponse:
        return export.export(queryset.select_related("actor"), "csv", _actor_label)

    @admin.action(description="Export selected events as JSON lines", permissions=["view"])
    def export_json_lines(self, request: HttpRequest, queryset: QuerySet[KeyEvent]) -> StreamingHttpResponse:
        return export.export(queryset.select_related("actor"), "jsonl", _actor_label)


@admin.register(KeyUsage)
class KeyUsageAdmin(ReadOnlyAdmin):
    list_display = ("starts_at", "key", "address", "client", "required", "outcome", "calls")
    list_filter = ("outcome", "required")
    list_select_related = ("key",)
    search_fields = ("key__name", "key__public_id", "key__account__account_id", "key__account__uid", "address")
    show_full_result_count = False


@admin.register(LoggedRequest)
class LoggedRequestAdmin(ReadOnlyAdmin):
    list_display = ("at", "key", "method", "path", "status", "reason", "address", "client", "request_id")
    list_filter = ("status", "reason")
    list_select_related = ("key",)
    search_fields = ("key__name", "key__public_id", "request_id", "address")
    show_full_result_count = False
