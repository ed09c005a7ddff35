"""What a trader writes on the review pages."""

from datetime import datetime, timedelta
from uuid import uuid4

from django import forms
from django.utils import timezone

from apikeys.forms.mixins import PasswordMixin, RefusableForm

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
