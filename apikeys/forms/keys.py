"""Forms for creating, editing, resuming and regenerating keys. Fields have the names in the errors of `keys`."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from apikeys.forms import key_templates, names
from apikeys.forms.choices import (
    ADDRESS_RULES,
    EXPIRIES,
    KEEP,
    KINDS,
    OVERLAPS,
    OWN_KEY,
    PERMISSIONS,
    PURPOSES,
    DescribedCheckboxSelect,
    Option,
    one_of,
    one_of_menu,
    pairs,
)
from apikeys.forms.key_templates import KeyTemplate
from apikeys.forms.mixins import ExpiryMixin, OpenedKeyMixin, PasswordMixin, PublicKeyMixin
from apikeys.keys import preview
from apikeys.keys.stale_forms import KeyChanged
from apikeys.keys.validation import KeySettings
from apikeys.models import AddressRule, ApiKey, Kind, Purpose
from apikeys.network import addresses, ip_allowlist
from apikeys.network.ip_allowlist import InvalidNetworks
from apikeys.permissions import Permission


class NetworksForm(forms.Form):
    networks = forms.CharField(
        label="IP addresses",
        required=False,
        max_length=ip_allowlist.LONGEST_TEXT,
        widget=forms.Textarea(
            attrs={"rows": 2, "placeholder": "203.0.113.7, 198.51.100.0/24, 2001:db8::/32", "spellcheck": "false"}
        ),
    )

    def clean_networks(self) -> str:
        if "address_rule" in self.fields and self.cleaned_data.get("address_rule") != AddressRule.LIST:
            return ""
        try:
            return ip_allowlist.normalise(self.cleaned_data["networks"])
        except InvalidNetworks as error:
            raise ValidationError(error.problems) from None


class SettingsForm(ExpiryMixin, NetworksForm):
    """The settings of a key, when it is created and when it is edited."""

    name = forms.CharField(
        label="Name",
        max_length=64,
        widget=forms.TextInput(attrs={"placeholder": "grid-bot-1", "autocomplete": "off", "spellcheck": "false"}),
        help_text="Use a separate key for each program, and name it after that program.",
        error_messages={"required": "Give the key a name."},
    )
    purpose = one_of("Purpose", PURPOSES, Purpose.MONITORING.value)
    permissions = forms.MultipleChoiceField(  # type: ignore[call-arg]  # as in choices.one_of
        label="Permissions",
        choices=pairs(PERMISSIONS),
        initial=[Permission.READ.value],
        widget=DescribedCheckboxSelect(PERMISSIONS),
        template_name="components/_choices.html",
        error_messages={
            "required": "Choose at least one permission.",
            "invalid_choice": "Choose from these.",
            "invalid_list": "Choose from these.",
        },
    )
    address_rule = one_of("IP restriction", ADDRESS_RULES, AddressRule.LIST.value)

    field_order = ("name", "purpose", "kind", "public_key", "permissions", "address_rule", "networks")

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if not names.is_one_line(name) or not names.is_visible(name):
            raise ValidationError("Use letters, numbers and symbols only.")
        return " ".join(name.split())

    def clean(self) -> dict[str, Any] | None:
        super().clean()
        if self.cleaned_data.get("address_rule") == AddressRule.ANY:
            self.errors.pop("networks", None)  # the list isn't used
            self.cleaned_data["networks"] = ""
        return self.cleaned_data

    def settings(self) -> KeySettings:
        wanted = self.cleaned_data
        return KeySettings(
            name=wanted["name"],
            purpose=Purpose(wanted["purpose"]),
            permissions=frozenset(map(Permission, wanted["permissions"])),
            address_rule=AddressRule(wanted["address_rule"]),
            networks=wanted["networks"],
            expires_at=wanted["expires_at"],
        )

    @property
    def key_kind(self) -> Kind:
        raise NotImplementedError

    def rights(self) -> str:
        """Say what the key will be able to do, from where and until when, to be read after its name."""
        wanted = self.settings()
        return preview.rights_until(wanted.permissions, wanted.networks, wanted.expires_at)

    def risks(self) -> list[str]:
        wanted = self.settings()
        found = preview.risks(self.key_kind, wanted.purpose, wanted.permissions, wanted.networks, wanted.expires_at)
        return list(found)


class CreateForm(PublicKeyMixin, SettingsForm):
    """Create a key.

    A template sets the fields that are folded away as *Advanced*. The script of the page applies it; without scripts,
    a link opens the form with it.
    """

    ADVANCED = ("purpose", "kind", "public_key", "permissions")

    def __init__(self, *args: Any, template: str = "", **kwargs: Any) -> None:
        self.chosen = key_templates.TEMPLATES.get(template, key_templates.DEFAULT)
        super().__init__(*args, initial=self.chosen.initial(), **kwargs)

    @property
    def templates(self) -> Collection[KeyTemplate]:
        return key_templates.TEMPLATES.values()

    @property
    def template(self) -> str:
        """The slug of the chosen template, empty if other settings were chosen."""
        if not self.is_bound:
            return self.chosen.slug
        posted = key_templates.TEMPLATES.get(self.data.get("template", ""))
        fits = posted and all(self[name].value() == value for name, value in posted.initial().items())
        return posted.slug if posted and fits else ""

    @property
    def shows_advanced(self) -> bool:
        """Return whether *Advanced* is open: if no template describes the settings, or they have an error."""
        return not self.template or any(name in self.errors for name in self.ADVANCED)

    @property
    def key_kind(self) -> Kind:
        return kind_of(self.cleaned_data["kind"])


class PreviewForm(SettingsForm):
    """The settings in a create form that isn't finished, for the preview: the name can be empty."""

    kind = one_of("Kind", KINDS, Kind.SIGNING.value)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].required = False

    def clean_name(self) -> str:
        return super().clean_name() if self.cleaned_data["name"] else ""

    @property
    def key_kind(self) -> Kind:
        return kind_of(self.cleaned_data["kind"])


def kind_of(chosen: str) -> Kind:
    return Kind.SIGNING if chosen == OWN_KEY else Kind(chosen)


class EditForm(OpenedKeyMixin, PasswordMixin, SettingsForm):
    """Edit a key's settings. Its expiration stays if nothing else is chosen.

    `suggested` holds the changes that a fix proposes, which the trader confirms by saving: `allow` an IP address,
    `grant` a permission, `extend` by days.
    """

    def __init__(self, *args: Any, key: ApiKey, suggested: QueryDict | None = None, **kwargs: Any) -> None:
        self.suggested = suggestions(key, suggested or QueryDict())
        super().__init__(*args, key=key, initial=shown(key) | self.suggested, **kwargs)
        options = [Option(KEEP, "Don’t change"), *EXPIRIES]
        self.fields["expires_in"] = one_of_menu("Expires after", options, initial=KEEP)

    @property
    def key_kind(self) -> Kind:
        return Kind(self.key.kind)

    def changed_values(self, rejection: KeyChanged) -> dict[str, Any]:
        values = {name: value for name, value in shown(rejection.key).items() if name in rejection.fields}
        return values | ({"expires_in": KEEP, "expires_at": ""} if "expires_at" in rejection.fields else {})

    def clean(self) -> dict[str, Any] | None:
        super().clean()
        if self.cleaned_data.get("expires_in") == KEEP:
            self.cleaned_data["expires_at"] = self.key.expires_at
        return self.cleaned_data


def shown(key: ApiKey) -> dict[str, Any]:
    """Return what the fields show for a key's current settings."""
    now = KeySettings.of(key)
    return {
        "name": now.name,
        "purpose": now.purpose.value,
        "permissions": [permission.value for permission in now.permissions],
        "address_rule": now.address_rule.value,
        "networks": "\n".join(key.network_list),
        "expires_in": KEEP,
    }


def suggestions(key: ApiKey, suggested: QueryDict) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if key.networks and (allowed := addresses.read_network(suggested.get("allow", ""))):
        found["networks"] = "\n".join([*key.network_list, ip_allowlist.show(allowed)])
    if (granted := suggested.get("grant")) in dict(pairs(PERMISSIONS)):
        found["permissions"] = [*key.permissions, granted]
    if (days := suggested.get("extend")) in dict(pairs(EXPIRIES)):
        found["expires_in"] = days
    return found


class ResumeForm(OpenedKeyMixin, PasswordMixin):
    """Resume a key."""


class RegenerateForm(OpenedKeyMixin, PublicKeyMixin, ExpiryMixin):
    overlap = one_of("Keep the old key working", OVERLAPS, initial="0")

    def __init__(self, *args: Any, key: ApiKey, **kwargs: Any) -> None:
        super().__init__(*args, key=key, **kwargs)
        kinds = [option for option in KINDS if (option.value == Kind.BEARER) == (key.kind == Kind.BEARER)]
        self.fields["kind"] = one_of("Kind", kinds, kinds[0].value)

    def clean_overlap(self) -> timedelta:
        return timedelta(hours=int(self.cleaned_data["overlap"]))
