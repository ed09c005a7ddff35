"""Forms that ask the trader to type something before a key in use is deleted."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from apikeys.forms.mixins import RejectableForm
from apikeys.models import ApiKey


class TypedForm(RejectableForm):
    """Asks the trader to type `words` before deleting what is in use. Asks for nothing if they are empty."""

    name = forms.CharField(max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}))

    def __init__(self, *args: Any, words: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.words = words
        self.fields["name"].label = f"Some of these keys are in use. Type “{words}” to delete them."
        self.fields["name"].error_messages["required"] = self.wrong()
        if not words:
            del self.fields["name"]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if name != self.words:
            raise ValidationError(self.wrong())
        return name

    def wrong(self) -> str:
        return f"That doesn’t match. Type “{self.words}” exactly."


class DeleteForm(TypedForm):
    """Asks for the key's name if the key was used within the last day."""

    def __init__(self, *args: Any, key: ApiKey, ask_name: bool, **kwargs: Any) -> None:
        super().__init__(*args, words=key.name if ask_name else "", **kwargs)
        self.key = key
        if ask_name:
            self.fields["name"].label = "Type the key’s name to delete it"
