"""Forms that save only what their user edited, and keep what others changed in the meantime."""

from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BoundField
from django.http import QueryDict

OUT_OF_DATE = "This form is out of date. Open it again."


class EditedFieldsForm(forms.ModelForm):
    """Saves only edited fields. What someone else changed since the form was opened stays.

    The form sends what each field showed when it was opened. For lists, the additions and removals are applied to the
    current list. If both changed a field, it gets an error with the current value, and shows that.

    `moving` are fields that change by themselves all the time; what was typed there is saved.
    """

    moving: frozenset[str] = frozenset()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.show_hidden_initial = True

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or self.cleaned_data
        for name in list(cleaned):
            try:
                cleaned[name] = self._merged(self[name], cleaned[name])
            except ValidationError as error:
                self.add_error(name, error)
        return cleaned

    def _merged(self, bound: BoundField, wanted: Any) -> Any:
        opened = self._opened(bound)
        if isinstance(bound.field, forms.ModelMultipleChoiceField):
            return _merged_list(set(opened), set(wanted), set(bound.initial or ()))
        now = bound.field.to_python(bound.initial)
        if bound.name not in self.changed_data or now == wanted:
            return now
        if now != opened and bound.name not in self.moving:
            self._show_now(bound)
            shown = dict(getattr(bound.field, "choices", ())).get(now, now)
            raise ValidationError(f"Somebody changed this to “{shown}” after you opened the form. Nothing was saved.")
        return wanted

    def _opened(self, bound: BoundField) -> Any:
        """Return what a field showed when the form was opened. Raises ValidationError if that is missing."""
        hidden = bound.field.hidden_widget()
        is_list = isinstance(hidden, forms.MultipleHiddenInput)  # an empty list sends nothing
        if not is_list and hidden.value_omitted_from_data(self.data, self.files, bound.html_initial_name):
            raise ValidationError(OUT_OF_DATE)
        shown = hidden.value_from_datadict(self.data, self.files, bound.html_initial_name)
        try:
            return bound.field.to_python(shown)
        except ValidationError:
            raise ValidationError(OUT_OF_DATE) from None

    def _show_now(self, bound: BoundField) -> None:
        data = cast(QueryDict, self.data).copy()
        data[bound.html_name] = data[bound.html_initial_name] = bound.field.prepare_value(bound.initial)
        self.data = data


def _merged_list(opened: set[Any], wanted: set[Any], now: set[Any]) -> list[Any]:
    return list((now | (wanted - opened)) - (opened - wanted))
