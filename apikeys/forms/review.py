"""What a trader writes on the review pages."""

from datetime import datetime, timedelta
from uuid import uuid4

from django import forms
from django.utils import timezone

from apikeys.form_parts import PasswordMixin, RefusableForm

SNOOZES = [("7", "7 days"), ("30", "30 days"), ("90", "90 days")]


class SnoozeForm(RefusableForm):
    days = forms.ChoiceField(label="Remind me in", choices=SNOOZES)

    def until(self) -> datetime:
        return timezone.now() + timedelta(days=int(self.cleaned_data["days"]))


class AcceptForm(RefusableForm):
    reason = forms.CharField(
        label="Why this is as it should be",
        max_length=300,
        error_messages={"required": "Say why this is as it should be."},
    )


class FixForm(PasswordMixin):
    """A fix, and the password where the fix lets a key do something new."""


class SplitForm(PasswordMixin):
    submission = forms.UUIDField(initial=uuid4, widget=forms.HiddenInput)


class LeakForm(forms.Form):
    secret = forms.CharField(
        label="The token or secret key that leaked",
        max_length=4_000,
        widget=forms.Textarea(
            attrs={"rows": 4, "placeholder": "ptk_… or ed25519:…", "spellcheck": "false", "autocomplete": "off"}
        ),
        help_text="The text around it does no harm: paste the whole line or file, up to 4,000 characters.",
        error_messages={"required": "Paste the token or secret key."},
    )
