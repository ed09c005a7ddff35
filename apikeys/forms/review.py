"""The forms of the review: apply a fix, snooze or accept findings, split a key."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone

from apikeys.forms.choices import Option, one_of
from apikeys.forms.mixins import PasswordMixin, RejectableForm
from apikeys.http.parsing import primary_key

ACCEPT = "accept"
DECISIONS = [
    Option("7", "Remind me in 7 days"),
    Option("30", "In 30 days"),
    Option("90", "In 90 days"),
    Option(ACCEPT, "Accept the risk"),
]
NO_REASON = "Enter the reason for accepting this risk."


class ChosenKeysForm(RejectableForm):
    """The chosen keys, each as `<key ID>.<fingerprint>` of what was shown about it, so that nothing else is done."""

    def clean(self) -> dict[str, Any]:
        data: Any = self.data
        sent = data.getlist("chosen") if isinstance(data, QueryDict) else []
        self.chosen: dict[int, str] = dict(_parsed(sent))
        if not self.chosen:
            raise ValidationError("Choose at least one key.")
        return self.cleaned_data

    def is_chosen(self, key_id: int) -> bool:
        """Return whether to tick a key: all keys at first, then those that the trader chose."""
        return not self.is_bound or not self.chosen or key_id in self.chosen


def _parsed(sent: Sequence[str]) -> Iterator[tuple[int, str]]:
    for entry in sent:
        number, _, fingerprint = entry.partition(".")
        if key_id := primary_key(number):
            yield key_id, fingerprint


class DismissForm(ChosenKeysForm):
    decision = one_of("What to do", DECISIONS, "30")
    reason = forms.CharField(
        label="Reason",
        required=False,
        max_length=300,
        help_text="Needed to accept the risk. The finding stays dismissed until something about it changes.",
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("decision") == ACCEPT and not cleaned.get("reason") and "reason" not in self.errors:
            self.add_error("reason", NO_REASON)
        return cleaned

    @property
    def days(self) -> int:
        """For how many days to snooze; 0 to accept."""
        decision = self.cleaned_data["decision"]
        return 0 if decision == ACCEPT else int(decision)

    def until(self) -> datetime:
        return timezone.now() + timedelta(days=self.days)


class SplitForm(PasswordMixin):
    # Of the offer that was shown, so that nothing else is done. Empty if nothing was shown.
    fingerprint = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    idempotency_key = forms.UUIDField(initial=uuid4, widget=forms.HiddenInput)

    def show(self, fingerprint: str) -> None:
        self.initial["fingerprint"] = fingerprint
        if self.is_bound:
            self.replace({"fingerprint": fingerprint})

    def asked(self) -> dict[str, Any]:
        return {"shown": self.cleaned_data["fingerprint"], "idempotency_key": self.cleaned_data["idempotency_key"]}
