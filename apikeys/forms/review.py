"""The forms of the review: snooze or accept a finding, split a key."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django import forms
from django.utils import timezone

from apikeys.forms.mixins import PasswordMixin, RejectableForm

SNOOZES = [("7", "7 days"), ("30", "30 days"), ("90", "90 days")]


class ShownForm(RejectableForm):
    """Sends back the fingerprint of what was shown, so that nothing else is decided. Empty if nothing was shown."""

    fingerprint = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def show(self, fingerprint: str) -> None:
        self.initial["fingerprint"] = fingerprint
        if self.is_bound:
            self.replace({"fingerprint": fingerprint})


class SnoozeForm(ShownForm):
    days = forms.ChoiceField(label="Remind me in", choices=SNOOZES)

    def until(self) -> datetime:
        return timezone.now() + timedelta(days=int(self.cleaned_data["days"]))


class AcceptForm(ShownForm):
    reason = forms.CharField(
        label="Reason for accepting",
        max_length=300,
        error_messages={"required": "Enter the reason for accepting this risk."},
    )


class SplitForm(ShownForm, PasswordMixin):
    idempotency_key = forms.UUIDField(initial=uuid4, widget=forms.HiddenInput)

    def asked(self) -> dict[str, Any]:
        return {"shown": self.cleaned_data["fingerprint"], "idempotency_key": self.cleaned_data["idempotency_key"]}
