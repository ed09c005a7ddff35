"""What a trader chooses from when creating or editing a key, and how it is shown."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.forms.widgets import ChoiceWidget

from apikeys.models import MAX_LIFETIME, AddressRule, Kind, Purpose
from apikeys.permissions import Permission

OWN_KEY = "own"  # a signing key whose pair the trader generated
KEEP, DATE = "keep", "date"  # instead of a number of days

Choices = list[tuple[str, str]]  # value, label

DAYS = (7, 30, 90, 180, MAX_LIFETIME.days)
EXPIRIES: Choices = [*((str(days), f"{days} days") for days in DAYS), (DATE, "Date")]
PURPOSES: Choices = [(Purpose.MONITORING.value, "Monitoring"), (Purpose.TRADING.value, "Trading")]
KINDS: Choices = [
    (Kind.SIGNING.value, "Signing key"),
    (Kind.BEARER.value, "Bearer token"),
    (OWN_KEY, "My own public key"),
]
PERMISSIONS: Choices = [(Permission.READ.value, "Read"), (Permission.TRADING.value, "Trading")]
ADDRESS_RULES: Choices = [(AddressRule.LIST.value, "Only these"), (AddressRule.ANY.value, "Any address")]
OVERLAPS: Choices = [("0", "Ends now"), ("1", "1 hour more"), ("24", "24 hours more"), ("168", "7 days more")]

PURPOSE_DESCRIPTIONS = {
    Purpose.MONITORING.value: "Only looks: dashboards, alerts, analytics.",
    Purpose.TRADING.value: "Places orders: bots and strategies.",
}
KIND_DESCRIPTIONS = {
    Kind.SIGNING.value: "Signs every call, its secret never travels. For ccxt and SDKs.",
    Kind.BEARER.value: "One string sent with every call. Simplest, for curl and dashboards.",
    OWN_KEY: "A signing key whose pair you made. We never see its secret.",
}
PERMISSION_DESCRIPTIONS = {
    Permission.READ.value: "See balances, positions, orders and trades. Changes nothing.",
    Permission.TRADING.value: "Place, change and cancel orders, set leverage. No withdrawals.",
}
ADDRESS_RULE_DESCRIPTIONS = {
    AddressRule.LIST.value: "Calls from anywhere else are refused, also with the right secret.",
    AddressRule.ANY.value: "Whoever holds the secret can use it, from anywhere.",
}


class DescriptionsMixin(ChoiceWidget):
    """Options with a line below each label that explains it. Templates read it as `option.data.description`."""

    def __init__(self, descriptions: Mapping[str, str]) -> None:
        super().__init__()
        self.descriptions = descriptions

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(name, value, *args, **kwargs)
        return option | {"description": self.descriptions[str(value)]}


class DescribedRadioSelect(DescriptionsMixin, forms.RadioSelect):
    pass


class DescribedCheckboxSelect(DescriptionsMixin, forms.CheckboxSelectMultiple):
    pass


def one_of(
    label: str, choices: Choices, initial: str, descriptions: Mapping[str, str] | None = None
) -> forms.ChoiceField:
    """A choice of one, shown as cards if its options have descriptions, and as a row of segments if not."""
    return forms.ChoiceField(  # type: ignore[call-arg]  # the stubs don't know template_name
        label=label,
        choices=choices,
        initial=initial,
        widget=DescribedRadioSelect(descriptions) if descriptions else forms.RadioSelect,
        template_name="components/_choices.html" if descriptions else "components/_segments.html",
        error_messages={"required": "Choose one of these.", "invalid_choice": "Choose one of these."},
    )
