"""Parts of forms: errors beside their fields, the key as it was opened, the password, the expiration, the key pair."""

from datetime import timedelta
from typing import Any, cast
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from apikeys import reauthentication
from apikeys.forms.choices import DATE, EXPIRIES, KINDS, OWN_KEY, one_of, one_of_menu
from apikeys.keys import creation, lifetime
from apikeys.keys.creation import NewKeyPair
from apikeys.keys.stale_forms import KeyChanged
from apikeys.models import ApiKey, Kind

LONGEST_PASTE = 4_000  # characters: long enough for a private key in PEM, so that it is recognised and rejected as such


class RejectableForm(forms.Form):
    @property
    def problems(self) -> int:
        """How many things must be fixed: fields with errors, and errors without a field."""
        return sum(1 for field in self.errors if field in self.fields) + len(self.non_field_errors())

    @property
    def first_problem(self) -> str:
        """The ID of the first field with an error, or of the modal's title, above errors without a field."""
        invalid = next((field for field in self if field.errors and not field.is_hidden), None)
        return invalid.auto_id if invalid and not self.non_field_errors() else "dialog-title"

    def add_rejection(self, rejection: ValidationError) -> None:
        """Show the errors of `keys` beside their fields, and those without a field at the top."""
        for field, errors in rejection.update_error_dict({}).items():
            self.add_error(self.place_of(field), errors)

    def place_of(self, field: str) -> str | None:
        return field if field in self.fields else None

    def replace(self, values: dict[str, Any]) -> None:
        """Show these values instead of those that were sent."""
        data = cast(QueryDict, self.data).copy()
        for name, value in values.items():
            data.setlist(name, value if isinstance(value, list) else [value])
        self.data = data


class OpenedKeyMixin(RejectableForm):
    """Remembers the state of the key when the form is opened. `key` must be read `with_last_event`."""

    last_event = forms.IntegerField(
        min_value=0,
        max_value=2**63 - 1,
        widget=forms.HiddenInput,
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"), "This form is out of date. Close it and open it again."
        ),
    )

    def __init__(self, *args: Any, key: ApiKey, **kwargs: Any) -> None:
        self.key = key
        kwargs["initial"] = {"last_event": key.last_event} | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)

    def add_rejection(self, rejection: ValidationError) -> None:
        super().add_rejection(rejection)
        if isinstance(rejection, KeyChanged):
            self.key = rejection.key
            self.replace({"last_event": str(rejection.last_event)} | self.changed_values(rejection))

    def changed_values(self, rejection: KeyChanged) -> dict[str, Any]:
        """Return the new values for the fields of the settings that changed."""
        return {}


class PasswordMixin(RejectableForm):
    """Asks for the password if the change adds access and the last sign-in is too long ago."""

    password = forms.CharField(
        label="Confirm your password",
        help_text="We ask because you signed in more than 15 minutes ago.",
        max_length=LONGEST_PASTE,
        strip=False,
        error_messages={"required": "Confirm your password to do this."},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, ask_password: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._password = self.fields.pop("password")
        if ask_password:
            self.ask_password()

    def ask_password(self) -> None:
        self.fields["password"] = self._password

    def require_password(self) -> None:
        """Show the form again with a field for the password, and everything else as it was."""
        self.ask_password()
        self.add_error("password", "Confirm your password to do this.")

    @sensitive_variables("password")
    def check_password(self, request: HttpRequest) -> bool:
        """Check the password, if it was asked for. If it is wrong, its field gets an error."""
        password = self.cleaned_data.get("password")
        if password is None or reauthentication.check_password(request, password):
            return True
        self.add_error("password", "Wrong password. After several attempts, wait a minute and try again.")
        return False


class ExpiryMixin(forms.Form):
    expires_in = one_of_menu("Expires after", EXPIRIES, initial="90")
    expires_at = forms.DateField(
        label="Last day",
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        today, field = timezone.localdate(), self.fields["expires_at"]
        field.help_text = f"Until the end of that day ({timezone.localtime():%Z})."
        field.widget.attrs |= {"min": today.isoformat(), "max": lifetime.last_day(today).isoformat()}

    def clean(self) -> dict[str, Any] | None:
        super().clean()
        expires_in = self.cleaned_data.get("expires_in", "")
        if expires_in != DATE:
            self.errors.pop("expires_at", None)  # the date isn't used
        elif "expires_at" not in self.errors:
            self._clean_date()
        if expires_in.isdigit():
            self.cleaned_data["expires_at"] = timezone.now() + timedelta(days=int(expires_in))
        return self.cleaned_data

    def _clean_date(self) -> None:
        day = self.cleaned_data.get("expires_at")
        if day is None:
            self.add_error("expires_at", "Choose a date.")
            return
        try:
            self.cleaned_data["expires_at"] = lifetime.end_of(day, timezone.localdate())
        except ValidationError as error:
            self.add_error(None, error)


class PublicKeyMixin(PasswordMixin):
    """The key pair of a signing key, which the browser or this server generates, or the trader, who pastes the public
    key.

    A browser that can generate it adds `made_key` and `proof` while it sends the form. They are never sent back,
    because the secret may be gone by then: the next attempt brings a new pair.
    """

    kind = one_of("Kind", KINDS, Kind.SIGNING.value)
    public_key = forms.CharField(
        label="Public key",
        required=False,
        max_length=LONGEST_PASTE,
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": "ed25519:…", "spellcheck": "false"}),
        help_text="Paste only the public key. Never share the private key.",
    )
    made_key = forms.CharField(required=False)
    proof = forms.CharField(required=False)
    idempotency_key = forms.UUIDField(
        initial=uuid4,
        widget=forms.HiddenInput,
        error_messages={
            "required": "This form is out of date. Close it and open it again.",
            "invalid": "This form is out of date. Close it and open it again.",
        },
    )

    def pair(self) -> NewKeyPair:
        return NewKeyPair(*(self.cleaned_data[name] for name in ("public_key", "proof", "idempotency_key")))

    def full_clean(self) -> None:
        super().full_clean()
        self._forget_rejected_key()

    def add_rejection(self, rejection: ValidationError) -> None:
        super().add_rejection(rejection)
        self._forget_rejected_key()

    def place_of(self, field: str) -> str | None:
        unseen = self.made_in_browser and field in ("public_key", "proof")
        return None if unseen else super().place_of(field)

    @property
    def made_in_browser(self) -> bool:
        return self.cleaned_data.get("proof") is not None

    def clean(self) -> dict[str, Any] | None:
        super().clean()
        kind, made_key = self.cleaned_data.get("kind"), self.cleaned_data.pop("made_key", "")
        if kind == OWN_KEY and "public_key" not in self.errors:
            try:
                creation.register(self.cleaned_data["public_key"])
            except ValidationError as error:
                self.add_error(None, error)
        if kind != OWN_KEY:
            self.errors.pop("public_key", None)
            self.cleaned_data["public_key"] = made_key if kind == Kind.SIGNING else ""
        if kind != Kind.SIGNING or not made_key:
            self.cleaned_data["proof"] = None
        return self.cleaned_data

    def _forget_rejected_key(self) -> None:
        """Never send back a rejected public key: it may be a private key."""
        if self.is_bound and ("public_key" in self.errors or self.data.get("kind") != OWN_KEY):
            self.replace({"public_key": ""})
